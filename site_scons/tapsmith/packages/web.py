"""Files from a web server: bounded in size, redirects and patience; resumed where a transfer breaks.

urllib3 speaks HTTP and TLS, verifies certificates and goes through proxies;
here is what is made of its answers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, SSLError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout, make_headers, parse_url

from tapsmith import __version__

PATIENCE = Retry(5, connect=2, backoff_factor=0.5, backoff_max=10, backoff_jitter=0.2, retry_after_max=60)
"""How often, and after how long, a server that is busy or breaks off is asked again.

`connect` is for one that cannot be connected to at all: often its name is misspelled.
"""

SLOWEST_S = 600.0
"""For how long one answer may come: a server could go on for ever, a byte a minute."""

_TIMEOUT = Timeout(connect=15, read=60)
_REDIRECTS = 5
_SHORT = 1 << 16
_AGAIN = (429, 500, 502, 503, 504)
_ABSENT = (404, 410)
_MOVED = (301, 302, 303, 307, 308)
_NONE: Mapping[str, str] = {}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class WebError(Exception):
    """Why a file could not be had, in one sentence."""


class TooLargeError(WebError):
    """It is larger than it may be."""


class LoginError(WebError):
    """The server wants to know who asks; `challenge` says how it would be told."""

    def __init__(self, why: str, challenge: str) -> None:
        super().__init__(why)
        self.challenge = challenge


@dataclass(frozen=True)
class Answer:
    """What a server has: `body` is None where it has no such file, `is_same` tells the known one."""

    body: bytes | None
    etag: str = ""
    modified: str = ""
    is_same: bool = False


class Client:
    """Connections to servers, kept open; threads may share one."""

    def __init__(self, patience: Retry) -> None:
        self._patience = patience
        self._pools: dict[str | None, urllib3.PoolManager] = {}

    def get(
        self, url: str, limit: int, etag: str = "", modified: str = "", also: Mapping[str, str] = _NONE
    ) -> Answer:
        """Return the file at a URL, at most `limit` bytes; `etag` and `modified` are of what is known of it.

        `also` are further headers; no other host than the URL's is told an Authorization.
        WebError: TooLargeError, LoginError, or the reason why it cannot be had.
        """
        transfer = _Transfer(limit, etag, modified, also)
        patience = self._patience
        while True:
            response = None
            cause: Exception | None = None
            try:
                response = self._ask(url, transfer)
                if response.status not in _AGAIN:
                    return transfer.take(response)
            except SSLError as error:
                raise WebError(f"{_host(url)} is not trusted ({error})") from None
            except HTTPError as error:
                cause = error
            finally:
                # What has been read to its end went back to the connections that are kept.
                if response is not None:
                    response.close()
            try:
                patience = patience.increment("GET", url, response=response, error=cause)
            except (MaxRetryError, HTTPError):
                raise WebError(_reason(url, response, cause)) from None
            _wait(patience, response)

    def _ask(self, url: str, transfer: _Transfer) -> BaseHTTPResponse:
        """Return the answer of the server that a URL leads to in the end."""
        first = url
        for _ in range(_REDIRECTS + 1):
            response: BaseHTTPResponse = self._pool(url).urlopen(
                "GET",
                url,
                headers=transfer.headers(_host(url) == _host(first)),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=_TIMEOUT,
            )
            to = response.headers.get("Location")
            if response.status not in _MOVED or not to:
                return response
            response.close()
            url = _next(url, to)
        raise WebError(f"{_host(url)} redirects more than {_REDIRECTS} times")

    def _pool(self, url: str) -> urllib3.PoolManager:
        """Return the connections for a URL: by the proxy that the environment names, or straight."""
        proxy = _proxy(url)
        if proxy not in self._pools:
            try:
                self._pools[proxy] = _through(proxy) if proxy else urllib3.PoolManager(maxsize=16)
            except (HTTPError, ValueError) as error:
                raise WebError(f"the proxy {proxy} cannot be used ({error})") from None
        return self._pools[proxy]


class _Transfer:
    """One file on its way, over as many connections as it takes."""

    def __init__(self, limit: int, etag: str, modified: str, also: Mapping[str, str]) -> None:
        self._limit = limit
        self._also = also
        self._known = {"If-None-Match": etag, "If-Modified-Since": "" if etag else modified}
        self._got = bytearray()
        self._validator = ""

    def headers(self, is_first: bool) -> dict[str, str]:
        """Return what to ask with: for the rest, if the server will know whether it is of the same file.

        Only the first host is told who asks.
        """
        asked = {"User-Agent": f"tapsmith/{__version__}", "Accept-Encoding": "identity"}
        asked |= {key: value for key, value in self._also.items() if is_first or key != "Authorization"}
        if not self._validator:
            self._got.clear()
        if self._got:
            return asked | {"Range": f"bytes={len(self._got)}-", "If-Range": self._validator}
        return asked | {key: value for key, value in self._known.items() if value}

    def take(self, response: BaseHTTPResponse) -> Answer:
        """Return the file; WebError for an answer that is of no use, HTTPError where it breaks off."""
        status, headers = response.status, response.headers
        if status in _ABSENT or (status == 304 and not self._got and any(self._known.values())):
            response.read(_SHORT, decode_content=False)
            return Answer(None, is_same=status == 304)
        if status == 206 and self._got:
            self._check_rest(headers.get("Content-Range", ""))
        elif status == 416 and self._got:
            self._restart("it has no such part any more")
        elif status == 200:
            self._got.clear()
        else:
            why = f"the server answers {status}{f' {response.reason}' if response.reason else ''}"
            challenge = headers.get("WWW-Authenticate", "") if status == 401 else ""
            raise LoginError(why, challenge) if challenge else WebError(why)
        self._receive(response)
        return Answer(bytes(self._got), headers.get("ETag", ""), headers.get("Last-Modified", ""))

    def _receive(self, response: BaseHTTPResponse) -> None:
        headers = response.headers
        if headers.get("Content-Encoding", "identity") != "identity":
            raise WebError(f"the server sends it as {headers['Content-Encoding']}, unasked")
        announced = headers.get("Content-Length", "")
        if not announced.isdecimal() and "chunked" not in headers.get("Transfer-Encoding", "").lower():
            raise WebError("the server does not say how long it is")
        if announced and len(self._got) + int(announced) > self._limit:
            raise TooLargeError(f"it is larger than {self._limit} bytes")
        tag = headers.get("ETag", "")
        # A weak tag tells of the meaning, not of the bytes.
        self._validator = headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
        until = time.monotonic() + SLOWEST_S
        for part in response.stream(_SHORT, decode_content=False):
            self._got += part
            if len(self._got) > self._limit:
                raise TooLargeError(f"it is larger than {self._limit} bytes")
            if time.monotonic() > until:
                raise WebError(f"it takes longer than {SLOWEST_S:.0f} seconds")

    def _check_rest(self, told: str) -> None:
        match = _RANGE.fullmatch(told)
        if not match or int(match[1]) != len(self._got) or int(match[2]) + 1 != int(match[3]):
            self._restart(f"it sent another part ({told})")

    def _restart(self, why: str) -> None:
        self._validator = ""
        raise HTTPError(why)


def _next(url: str, to: str) -> str:
    found = urljoin(url, to)
    scheme = urlsplit(found).scheme
    if scheme not in ("http", "https") or (urlsplit(url).scheme, scheme) == ("https", "http"):
        raise WebError(f"{_host(url)} redirects to {found}, which is not followed")
    return found


def _proxy(url: str) -> str | None:
    """Return the proxy for a URL, by http_proxy, https_proxy, all_proxy and no_proxy of the environment."""
    parts = urlsplit(url)
    known = getproxies()
    proxy = known.get(parts.scheme) or known.get("all")
    if not proxy or proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _through(proxy: str) -> urllib3.ProxyManager:
    parts = parse_url(proxy)
    auth = make_headers(proxy_basic_auth=parts.auth) if parts.auth else None
    return urllib3.ProxyManager(proxy, maxsize=16, proxy_headers=auth)


def _wait(patience: Retry, response: BaseHTTPResponse | None) -> None:
    try:
        patience.sleep(response)
    except InvalidHeader:
        patience.sleep()


def _reason(url: str, response: BaseHTTPResponse | None, cause: Exception | None) -> str:
    if cause is not None:
        return f"{_host(url)} does not answer, or breaks off ({cause})"
    assert response is not None
    return f"{_host(url)} answers {response.status} again and again"


def _host(url: str) -> str:
    return urlsplit(url).netloc
