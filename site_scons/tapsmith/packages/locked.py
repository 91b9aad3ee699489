"""What a lock names: whether it still holds, and the fragments themselves, checked by their hashes."""

from __future__ import annotations

from tapsmith.diagnostics import TapsmithError, fail
from tapsmith.library import Library
from tapsmith.manifest import Fragment, Origin, Requirement
from tapsmith.packages.content import fragment_digest, fragment_files
from tapsmith.packages.layers import from_registry
from tapsmith.packages.lock import Entry, Lock, spell_need
from tapsmith.packages.lock_file import damaged
from tapsmith.packages.sources import Sources
from tapsmith.probe import Probe
from tapsmith.versions import ANY


class StaleError(Exception):
    """A lock that does not hold any more; the text says why."""


def check_current(lock: Lock, probe: Probe) -> None:
    """Raise StaleError if probe.yaml asks for something else than when the lock was written."""
    needs = {need.name: spell_need(need) for need in probe.needs}
    for name in sorted(needs.keys() | lock.needs.keys()):
        if name not in lock.needs:
            raise StaleError(f"the probe needs `{name}` now")
        if name not in needs:
            raise StaleError(f"the probe does not need `{name}` any more")
        if needs[name] != lock.needs[name]:
            raise StaleError(f"the probe needs `{name}` {needs[name]} now, no longer {lock.needs[name]}")
    settings = {setting.macro: setting.value.text for setting in probe.config}
    for macro, value in sorted(lock.config.items()):
        if settings.get(macro) != value:
            raise StaleError(f"{macro} is not {value} any more")


def locked_fragments(probe: Probe, lock: Lock, tree: Library, sources: Sources) -> dict[str, Fragment]:
    """Return the fragments that a lock names and the tree does not have.

    Raises StaleError where tree or path have changed; TapsmithError where something cannot be had,
    or is not what the lock says.
    """
    shipped = sources.shipped(probe, tree)
    bind = sources.project(probe).bind
    found = {}
    for name, entry in lock.entries.items():
        if entry.origin in ("tree", "shipped"):
            _check_tree(entry, tree, shipped)
            continue
        if name in tree.fragments:
            raise StaleError(f"`{name}` is in the tree now")
        if not bind.allow_entry(entry, probe):
            raise StaleError(f"`{name}` is bound to registry `{bind.registry_of(name)}` now")
        found[name] = locked_fragment(probe, entry, sources)
    return found


def locked_fragment(probe: Probe, entry: Entry, sources: Sources) -> Fragment:
    """Return a fragment that a lock has from elsewhere than the tree; raises as `locked_fragments`."""
    fragment = _HOW[entry.origin](probe, entry, sources)
    if fragment.version != entry.version:
        raise damaged(entry, f"its hash is that of {entry.name} {fragment.version}, not {entry.version}")
    return fragment


def _check_tree(entry: Entry, tree: Library, shipped: frozenset[str]) -> None:
    fragment = tree.fragments.get(entry.name)
    if fragment is None:
        raise StaleError(f"`{entry.name}` is not in the tree any more")
    if (entry.name in shipped) != (entry.origin == "shipped"):
        raise StaleError(
            f"`{entry.name}` is {'shipped with tapsmith' if entry.name in shipped else 'in the tree'} now"
        )
    if entry.origin == "shipped" and fragment_digest(fragment) != entry["sha256"]:
        raise StaleError(f"`{entry.name}` {fragment.version} is shipped now, the lock has {entry.version}")


def _from_path(probe: Probe, entry: Entry, sources: Sources) -> Fragment:
    directory = sources.path_root(probe, entry["path"])
    if not directory.is_dir():
        kept = sources.store.get(entry.name, entry["sha256"])
        if kept is None:
            raise _unreachable(entry, f"there is no directory {entry['path']}")
        return kept
    fragment = sources.root(directory).get(entry.name)
    if fragment is None or fragment_digest(fragment) != entry["sha256"]:
        raise StaleError(f"`{entry.name}` in {entry['path']} has changed")
    sources.store.keep(fragment)
    return fragment


def _from_git(probe: Probe, entry: Entry, sources: Sources) -> Fragment:
    kept = sources.store.get(entry.name, entry["sha256"])
    if kept is not None:
        return kept
    assert entry.place is not None
    origin = Origin("git", entry["git"], "commit", entry["commit"])
    try:
        repository = sources.repository(probe, Requirement(entry.name, ANY, (), entry.place), origin)
        fragment = sources.root(repository.tree(entry["commit"])).get(entry.name)
    except TapsmithError as error:
        raise _unreachable(entry, error.problems[0].message, error) from None
    if fragment is None or fragment_digest(fragment) != entry["sha256"]:
        raise damaged(entry, f"commit {entry['commit'][:12]} of {entry['git']} has another `{entry.name}`")
    return sources.store.put(entry.name, fragment_files(fragment), fragment.place)


def _from_registry(probe: Probe, entry: Entry, sources: Sources) -> Fragment:
    kept = sources.store.get(entry.name, entry["sha256"])
    if kept is not None:
        return kept
    for registry in sources.registries(probe):
        if registry.name == entry["registry"]:
            try:
                return from_registry(registry, sources.store, entry)
            except TapsmithError as error:
                raise _unreachable(entry, error.problems[0].message, error) from None
    raise _unreachable(entry, f"tapsmith.yaml names no registry `{entry['registry']}`")


def _unreachable(entry: Entry, why: str, cause: TapsmithError | None = None) -> TapsmithError:
    """Return the error for what is neither in the cache nor to be had."""
    if cause and cause.codes[0] in ("bad-archive", "cannot-write"):
        return cause
    version = f" {entry['version']}" if entry["version"] else ""
    message = f"`{entry.name}`{version} is not in the cache, and cannot be fetched: {why}"
    mend = cause.problems[0].mend if cause else None
    detail = cause.problems[0].detail if cause else None
    return fail("not-cached", message, entry.place, mend or "make it reachable once, and build again", detail)


_HOW = {"path": _from_path, "git": _from_git, "registry": _from_registry}
