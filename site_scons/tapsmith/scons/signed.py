"""The signed copy of a module: a node of its own, so that the module is the same with and without a key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from SCons.Action import Action

from tapsmith.diagnostics import TapsmithError
from tapsmith.module_signing import (
    CERTIFICATE,
    KEY,
    SIGNED,
    SigningKey,
    check_kernel,
    load_signing_key,
    sign_module,
)
from tapsmith.scons.options import cleans
from tapsmith.scons.refusal import failed, text_of
from tapsmith.scons.session import Built, Session
from tapsmith.scons.stamps import stamp


def signed_copy(env: Any, built: Built) -> list[Any]:
    """Declare the signed copy of a module, if there is a key; what is wrong with that ends scons."""
    if not (env[KEY] or env[CERTIFICATE]) or cleans():
        return []
    try:
        signing = _signing(env)
        digest = check_kernel(built.facts.target, built.facts.config)
    except TapsmithError as error:
        print(text_of(error), file=sys.stderr)
        env.Exit(2)
    copy = built.module.dir.Dir(SIGNED).File(built.module.name)
    node: list[Any] = env.Command(copy, built.module, SIGN, PROBE_SIGNING=signing, PROBE_DIGEST=digest)
    env.Depends(node, stamp(env, f"certificate {signing.fingerprint[:16]}, {digest}", signing.fingerprint))
    # A cache that others read is no place for what was signed.
    env.NoCache(node)
    return node


def _signing(env: Any) -> SigningKey:
    session: Session = env["TAPSMITH"]
    given = tuple(_path(env, env[name]) for name in (KEY, CERTIFICATE))
    if given not in session.signing:
        session.signing[given] = load_signing_key(*given)
    found = session.signing[given]
    assert found, "one of the two is given"
    return found


def _path(env: Any, given: Any) -> str | None:
    """Return a path as seen from the SConstruct; a URI stays as it is."""
    text = env.subst(str(given)) if given else ""
    if not text or text.startswith("pkcs11:"):
        return text or None
    return str(env.File(f"#{text}" if not Path(text).is_absolute() else text).abspath)


def _sign(target: Any, source: Any, env: Any) -> None:
    built: Built = env["PROBE_BUILT"]
    signing: SigningKey = env["PROBE_SIGNING"]
    try:
        module, to = (Path(nodes[0].abspath) for nodes in (source, target))
        sign_module(signing, built.facts.target, env["PROBE_DIGEST"], module, to)
    except TapsmithError as error:
        raise failed(error) from None


SIGN = Action(_sign, "  SIGN     $TARGET")
