"""The root of a signed registry: whose keys count, and how they are exchanged for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tuf.api.metadata import Key, Metadata, Role, Root

from tapsmith.diagnostics import Place, fail
from tapsmith.packages.registry_lock import write_lock
from tapsmith.packages.registry_write import refresh_catalogue
from tapsmith.signing.audit import audit
from tapsmith.signing.layout import SIGNED, is_signed
from tapsmith.signing.signing import (
    DAYS,
    LONG,
    ONLINE,
    Keys,
    check_keys,
    newest_root,
    now,
    put,
    require,
    sign,
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Rule:
    """Whose keys count: `threshold` of the root's, one of the others; a timestamp holds `days`."""

    root_keys: Keys
    keys: Keys
    threshold: int
    days: int

    def check(self) -> None:
        """Refuse what could never be met; TapsmithError `bad-threshold`."""
        if not 1 <= self.threshold <= len(self.root_keys):
            message = f"{self.threshold} of {len(self.root_keys)} root keys cannot sign"
            raise fail("bad-threshold", message, mend="give as many `--root-key` as must sign, or more")
        if self.days < 1:
            raise fail("bad-threshold", "a timestamp holds a day or more", mend="give another `--days`")


def init(directory: Path, rule: Rule, say: Say) -> str:
    """Sign a registry for the first time; return where its root lies in it.

    TapsmithError: `exists` if it is signed, `bad-threshold`, `registry-unreachable`.
    """
    rule.check()
    if not (directory / "config.json").is_file():
        message = f"there is no registry in {directory}"
        raise fail("registry-unreachable", message, Place(directory), "`tapsmith publish --create` makes one")
    with write_lock(directory, (), say) as undone:
        refresh_catalogue(directory, set(undone))
        if (directory / SIGNED / "timestamp.json").exists():
            mend = "`tapsmith sign rotate` changes its keys"
            raise fail("exists", "the registry is signed already", Place(directory), mend)
        return _write_root(directory, _new_root(rule, 1), rule.root_keys, rule.keys, False)


def rotate(directory: Path, rule: Rule, old: Keys, say: Say) -> str:
    """Exchange the keys of a signed registry; `old` are those that counted, as far as they are at hand.

    With too few old keys of those that sign what is published, readers may be refused until all is
    signed by the new ones.  TapsmithError: `key-needed` without enough old root keys.
    """
    rule.check()
    check_signed(directory)
    with write_lock(directory, (), say) as undone:
        refresh_catalogue(directory, set(undone))
        before = newest_root(directory)
        known = {**old, **rule.root_keys, **rule.keys}
        require(before, "root", known, directory)
        root = _new_root(rule, before.version + 1)
        counted = {keyid: known[keyid] for keyid in before.roles["root"].keyids if keyid in known}
        online = {keyid for role in ONLINE for keyid in before.roles[role].keyids} & known.keys()
        both = {**{keyid: known[keyid] for keyid in online}, **rule.keys}
        is_smooth = all(
            len(online & set(before.roles[role].keyids)) >= before.roles[role].threshold for role in ONLINE
        )
        return _write_root(directory, root, {**counted, **rule.root_keys}, both, is_smooth)


def refresh(directory: Path, keys: Keys, say: Say) -> None:
    """Sign what is there once more, for another while; errors as those of `sign`."""
    check_signed(directory)
    with write_lock(directory, (), say) as undone:
        refresh_catalogue(directory, set(undone))
        sign(directory, keys)


def check_signed(directory: Path) -> None:
    """Refuse a registry that is not signed; TapsmithError `unsigned-registry`."""
    if not is_signed(directory):
        raise fail("unsigned-registry", f"the registry in {directory} is not signed", Place(directory),
                   "`tapsmith sign init` signs it")  # fmt: skip


@dataclass(frozen=True)
class Signer:
    """What signs a registry after a change, once it has looked at it before."""

    keys: Keys

    def check(self, directory: Path) -> None:
        """Refuse what changed since it was signed; errors as those of `audit`."""
        audit(directory)

    def sign(self, directory: Path) -> None:
        """Sign what is there now; errors as those of `signing.sign`."""
        sign(directory, self.keys)


def signer(directory: Path, keys: Keys) -> Signer:
    """Return what signs a registry by these keys; TapsmithError `key-needed` if they will not do."""
    check_keys(newest_root(directory), keys, directory)
    return Signer(keys)


def _new_root(rule: Rule, version: int) -> Root:
    root_keys, keys = list(rule.root_keys), list(rule.keys)
    known: dict[str, Key] = {
        keyid: signer.public_key for keyid, signer in {**rule.root_keys, **rule.keys}.items()
    }
    roles = {"root": Role(root_keys, rule.threshold)} | {role: Role(keys, 1) for role in ONLINE}
    more = {DAYS: rule.days}
    expires = now() + 2 * LONG + timedelta(days=1)
    return Root(version, expires=expires, keys=known, roles=roles, unrecognized_fields=more)


def _write_root(directory: Path, root: Root, root_keys: Keys, keys: Keys, is_smooth: bool) -> str:
    """Write a root and sign all for it: first, where what is signed counts for the older root as well."""
    metadata = Metadata(root)
    for key in root_keys.values():
        metadata.sign(key, append=True)
    name = f"{SIGNED}/{root.version}.root.json"
    check_keys(root, keys, directory)
    if is_smooth:
        sign(directory, keys, root)
    put(directory, name, metadata.to_bytes())
    if not is_smooth:
        sign(directory, keys, root)
    return name
