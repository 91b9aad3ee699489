"""Whether a registry's files are still what was signed: whoever signs next would vouch for them."""

from __future__ import annotations

from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from tapsmith.diagnostics import Place, TapsmithError, fail
from tapsmith.packages.registry import CATALOGUE
from tapsmith.signing.layout import SIGNED, TIMESTAMP
from tapsmith.signing.signing import S, damaged, newest_root, signed_paths


def audit(directory: Path) -> None:
    """Refuse a registry in which something changed that nobody signed.

    The catalogue may be missing: it is made from the index.
    TapsmithError: `unsigned-change` for a file, `bad-signature` for what signs it.
    """
    known = _signed(directory)
    for path in signed_paths(directory):
        target = TargetFile.from_file(path, str(directory / path), ["sha256"])
        if known.pop(path, None) != target:
            raise _changed(directory, path, "is not the file that was signed")
    known.pop(CATALOGUE, None)
    for path in known:
        raise _changed(directory, path, "was signed, and is gone")


def _signed(directory: Path) -> dict[str, TargetFile]:
    """Return the files that were signed, as what signs them tells, which is verified."""
    root = newest_root(directory)
    timestamp = _verified(directory, TIMESTAMP, root, Timestamp)
    snapshot = _verified(directory, f"{timestamp.snapshot_meta.version}.snapshot.json", root, Snapshot)
    meta = dict(snapshot.meta)
    targets = _verified(directory, f"{meta.pop('targets.json').version}.targets.json", root, Targets)
    found: dict[str, TargetFile] = {}
    for name, version in meta.items():
        part = _verified(directory, f"{version.version}.{name}", targets, Targets)
        found |= part.targets
    return found


def _verified(directory: Path, name: str, delegator: Root | Targets, kind: type[S]) -> S:
    """Return a piece of metadata that `delegator` says who signs."""
    path = directory / SIGNED / name
    try:
        metadata = Metadata.from_bytes(path.read_bytes())
        role = name.split(".")[-2]
        delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except (OSError, ValueError, DeserializationError, RepositoryError):
        raise damaged(path, "the keys that count have not signed it") from None
    signed: object = metadata.signed
    if not isinstance(signed, kind):
        raise damaged(path, f"it is of another kind than {kind.__name__}")
    return signed


def _changed(directory: Path, path: str, what: str) -> TapsmithError:
    mend = "restore it; or, if it is as it should be, `tapsmith sign refresh` signs what is there"
    return fail("unsigned-change", f"{path} {what}", Place(directory / path), mend)
