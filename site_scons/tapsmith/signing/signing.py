"""Signing a registry in a directory.

The plain files are written first, as in a registry without keys.  Then what
they are now goes into files named by hashes and versions, which no reader
knows of yet; the timestamp, last, by one rename, leads readers to all of it at
once.  So a signer may be killed at any moment: readers have what they had.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import (
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization import DeserializationError

from tapsmith import atomic
from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.packages.registry_lock import DRAFTS
from tapsmith.signing.layout import BIN_BITS, BIN_PREFIX, SIGNED, TIMESTAMP, blob_path

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)
Keys = Mapping[str, CryptoSigner]
ONLINE = ("targets", "snapshot", "timestamp")
"""The roles that publishing signs for."""

LONG = timedelta(days=365)
GRACE = 24 * 3600
"""Seconds that what is out of use stays, for readers who are in the middle of it."""

DAYS = "x-tapsmith-days"


@dataclass(frozen=True)
class Draft:
    """A registry as it is being signed: where, by which keys, at what time."""

    directory: Path
    keys: Keys
    root: Root
    now: datetime

    def write(self, name: str, signed: S) -> None:
        """Write a piece of metadata, signed by all keys that are at hand."""
        metadata = Metadata(signed)
        for signer in self.keys.values():
            metadata.sign(signer, append=True)
        put(self.directory, f"{SIGNED}/{name}", metadata.to_bytes())

    def fresh(self, old: Signed | None) -> dict[str, object]:
        """Return version and expiry of what comes after `old`."""
        return {"version": old.version + 1 if old else 1, "expires": self.now + LONG}

    def is_due(self, old: Signed) -> bool:
        """Tell whether half of a file's time is over."""
        return old.expires < self.now + LONG / 2


def sign(directory: Path, keys: Keys, root: Root | None = None) -> None:
    """Sign what a registry's files are now, for its newest root, or one that is still to be written.

    Whoever calls holds the registry's lock.  TapsmithError: `key-needed`, before anything is
    written, and `bad-signature` where what is there is damaged.  OSError as the system says.
    """
    draft = Draft(directory, keys, root or newest_root(directory), now())
    check_keys(draft.root, keys, directory)
    timestamp = _load(directory, TIMESTAMP, Timestamp)
    old = (
        _load(directory, f"{timestamp.snapshot_meta.version}.snapshot.json", Snapshot) if timestamp else None
    )
    version, everything = _sign_targets(draft, old, root is not None)
    meta = {"targets.json": MetaFile(version)} | _sign_bins(draft, old, everything)
    snapshot = Snapshot(**draft.fresh(old), meta=meta)  # type: ignore[arg-type]
    draft.write(f"{snapshot.version}.snapshot.json", snapshot)
    draft.write(TIMESTAMP, _timestamp(draft, timestamp, snapshot))
    _remove_old(directory, snapshot)


def _timestamp(draft: Draft, old: Timestamp | None, snapshot: Snapshot) -> Timestamp:
    version = old.version + 1 if old else 1
    expires = draft.now + timedelta(days=days_of(draft.root))
    # Some servers tell states apart by second and length: two of the same second differ in length.
    more = {"x-tapsmith-pad": "." * (version % 7)}
    return Timestamp(version, None, expires, MetaFile(snapshot.version), more)


def now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def days_of(root: Root) -> int:
    """Return how long a timestamp of a registry holds."""
    return int(root.unrecognized_fields.get(DAYS, 30))


def put(directory: Path, name: str, data: bytes) -> None:
    """Write a file of a registry by one rename."""
    atomic.write_durably(directory / name, data, directory / DRAFTS)


def newest_root(directory: Path) -> Root:
    """Return the newest root of a signed registry; TapsmithError `bad-signature` if there is none."""
    versions = [int(path.name.split(".")[0]) for path in (directory / SIGNED).glob("[0-9]*.root.json")]
    root = _load(directory, f"{max(versions, default=1)}.root.json", Root)
    if root is None:
        raise damaged(directory / SIGNED, "it has no root.json")
    return root


def check_keys(root: Root, keys: Keys, directory: Path) -> None:
    """Refuse where too few keys are at hand to sign what is published; TapsmithError `key-needed`."""
    for role in ONLINE:
        require(root, role, keys, directory)


def require(root: Root, role: str, keys: Keys, directory: Path) -> None:
    """Refuse where too few keys of a role are at hand."""
    known = root.roles[role]
    if len(set(known.keyids) & keys.keys()) < known.threshold:
        message = f"{directory} is signed: {known.threshold} of the keys for `{role}` must sign"
        ids = ", ".join(keyid[:12] for keyid in known.keyids)
        mend = f"give `--key FILE`, or name it in TAPSMITH_KEY; the keys' ids begin with {ids}"
        raise fail("key-needed", message, Place(directory), mend)


def damaged(place: Path, why: str) -> TapsmithError:
    """Return the refusal of metadata that cannot be read."""
    return fail("bad-signature", f"what signs the registry is damaged: {why}", Place(place),
                "restore the registry from a copy")  # fmt: skip


def _load(directory: Path, name: str, kind: type[S]) -> S | None:
    path = directory / SIGNED / name
    if not path.exists():
        return None
    try:
        signed = Metadata.from_file(str(path)).signed
    except (DeserializationError, RepositoryError):
        raise damaged(path, "it is no metadata") from None
    if not isinstance(signed, kind):
        raise damaged(path, f"it is of another kind than {kind.__name__}")
    return signed


def _known(draft: Draft, old: Snapshot | None, role: str) -> Targets | None:
    """Return what readers have of a role."""
    meta = old.meta.get(f"{role}.json") if old else None
    return _load(draft.directory, f"{meta.version}.{role}.json", Targets) if meta else None


def _sign_targets(draft: Draft, old: Snapshot | None, everything: bool) -> tuple[int, bool]:
    """Return the version of what says who signs the bins, and whether that has changed."""
    known = _known(draft, old, "targets")
    role = draft.root.roles["targets"]
    # A change of keys that was cut short may have left others there.
    others = not known or not known.delegations or _signers(known.delegations) != role.keyids
    if known and not everything and not others and not draft.is_due(known):
        return known.version, False
    keys = {keyid: draft.root.keys[keyid] for keyid in role.keyids}
    bins = SuccinctRoles(list(role.keyids), role.threshold, BIN_BITS, BIN_PREFIX)
    fresh = Targets(**draft.fresh(known), delegations=Delegations(keys, succinct_roles=bins))  # type: ignore[arg-type]
    draft.write(f"{fresh.version}.targets.json", fresh)
    return fresh.version, everything or others


def _signers(delegations: Delegations) -> list[str]:
    return delegations.succinct_roles.keyids if delegations.succinct_roles else []


def _sign_bins(draft: Draft, old: Snapshot | None, everything: bool) -> dict[str, MetaFile]:
    """Sign the bins in which a file changed; return the versions of all."""
    bins = SuccinctRoles([], 1, BIN_BITS, BIN_PREFIX)
    found: dict[str, dict[str, TargetFile]] = {role: {} for role in bins.get_roles()}
    for path in signed_paths(draft.directory):
        data = (draft.directory / path).read_bytes()
        target = TargetFile.from_data(path, data, ["sha256"])
        found[bins.get_role_for_target(path)][path] = target
        blob = blob_path(target.hashes["sha256"])
        if not (draft.directory / blob).exists():
            put(draft.directory, blob, data)
    meta = {}
    for role, targets in found.items():
        known = _known(draft, old, role)
        if known is None or everything or known.targets != targets or draft.is_due(known):
            known = Targets(**draft.fresh(known), targets=targets)  # type: ignore[arg-type]
            draft.write(f"{known.version}.{role}.json", known)
        meta[f"{role}.json"] = MetaFile(known.version)
    return meta


def signed_paths(directory: Path) -> Iterator[str]:
    """Give the files that readers read; archives are named by their hashes in the index."""
    for part in ("config.json", "catalogue.jsonl"):
        if (directory / part).is_file():
            yield part
    for part in ("index", "virtual"):
        for path in sorted((directory / part).rglob("*")):
            if path.is_file():
                yield str(path.relative_to(directory))


def _remove_old(directory: Path, snapshot: Snapshot) -> None:
    """Remove what no reader can be in the middle of any more."""
    used = {f"{snapshot.version}.snapshot.json", TIMESTAMP}
    used |= {f"{meta.version}.{name}" for name, meta in snapshot.meta.items()}
    limit = time.time() - GRACE
    for name in snapshot.meta:
        targets = _load(directory, f"{snapshot.meta[name].version}.{name}", Targets)
        if targets:
            used |= {target.hashes["sha256"] for target in targets.targets.values()}
    for path in [*(directory / SIGNED).glob("*.json"), *(directory / SIGNED / "files").glob("*/*")]:
        if path.name not in used and not path.name.endswith(".root.json") and path.stat().st_mtime < limit:
            path.unlink()
