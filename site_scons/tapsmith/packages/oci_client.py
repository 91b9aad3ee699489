"""What the server of an OCI registry answers; to those that anybody may read, logged in as nobody.

Such a server sends who comes without a token for one (`WWW-Authenticate: Bearer
realm="…",service="…",scope="…"`), and gives it without a password.
"""

from __future__ import annotations

import json
import re
import threading
from urllib.parse import urlencode, urlsplit

from tapsmith.packages.web import PATIENCE, Answer, Client, LoginError, WebError

_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"')
_LARGEST_TOKEN = 1 << 18


class OciClient:
    """A client of the one repository below a URL; threads may share it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._client = Client(PATIENCE)
        self._token = ""
        self._lock = threading.Lock()

    def get(self, path: str, limit: int, etag: str = "", accept: str = "") -> Answer:
        """Return what lies at a path below the repository; WebError as `Client.get`."""
        token = self._token
        try:
            return self._get(path, limit, etag, accept, token)
        except LoginError as error:
            return self._get(path, limit, etag, accept, self._login(error, token))

    def _get(self, path: str, limit: int, etag: str, accept: str, token: str) -> Answer:
        also = {"Accept": accept, "Authorization": f"Bearer {token}" if token else ""}
        told = {key: value for key, value in also.items() if value}
        return self._client.get(f"{self._base}/{path}", limit, etag, also=told)

    def _login(self, error: LoginError, before: str) -> str:
        """Return a token other than the one that was refused; tokens last for minutes only."""
        with self._lock:
            if self._token == before:
                self._token = self._ask(error)
            return self._token

    def _ask(self, error: LoginError) -> str:
        scheme, _, rest = error.challenge.partition(" ")
        told = dict(_PARAMETER.findall(rest))
        realm = told.get("realm", "")
        if scheme.lower() != "bearer" or not realm:
            raise LoginError("it wants a password, and tapsmith has none to give", "") from None
        if urlsplit(realm).scheme not in ("https", urlsplit(self._base).scheme):
            raise LoginError(f"it wants a token of {realm}, which is not asked", "") from None
        asked = urlencode({key: told[key] for key in ("service", "scope") if key in told})
        try:
            data = self._client.get(f"{realm}{'&' if '?' in realm else '?'}{asked}", _LARGEST_TOKEN).body
        except WebError as why:
            raise LoginError(f"it wants a token, and who gives them refuses ({why})", "") from None
        try:
            found = json.loads(data or b"")
            token = found.get("token") or found["access_token"]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise LoginError("it wants a token, and who gives them sends none", "") from None
        return token
