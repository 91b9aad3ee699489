"""What a probe's fragments may come from, each read once in a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from tapsmith.diagnostics import did_you_mean, fail
from tapsmith.document import Report
from tapsmith.library import Library, load_fragments
from tapsmith.manifest import Fragment, Origin, Requirement
from tapsmith.network import Network
from tapsmith.packages.git import Repository
from tapsmith.packages.http_tree import HttpTree
from tapsmith.packages.layers import Elsewhere, Layer, Layers, Registered, Tree
from tapsmith.packages.mirrored_tree import MirroredTree
from tapsmith.packages.oci import OCI
from tapsmith.packages.oci_tree import OciTree
from tapsmith.packages.project import Project, RegistryPlace, load_project, root_of
from tapsmith.packages.registry import Registry
from tapsmith.packages.signed import LateSigned
from tapsmith.packages.store import Store
from tapsmith.packages.tree import DirectoryTree, FileTree
from tapsmith.probe import Probe
from tapsmith.shipped import shipped_root

Pins = Mapping[Origin, str]
"""Which commit an origin in git is, where a lock has settled that."""


class Sources:
    """Projects, their registries, and the directories and repositories that needs name.

    `cache` is tapsmith's; `say` is told of what takes time; `network` says whether connections
    may be opened.
    """

    def __init__(self, cache: Path, say: Callable[[str], None], network: Network = Network.CLOSED) -> None:
        self.store = Store(cache)
        self._cache = cache
        self._say = say
        self._network = network
        self._projects: dict[Path, Project] = {}
        self._registries: dict[Path, tuple[Registry, ...]] = {}
        self._roots: dict[Path, dict[str, Fragment]] = {}

    def project(self, probe: Probe) -> Project:
        """Return the project that a probe is in; TapsmithError with what its file has wrong."""
        root = root_of(probe.directory)
        if root not in self._projects:
            self._projects[root] = load_project(root)
        return self._projects[root]

    def registries(self, probe: Probe) -> tuple[Registry, ...]:
        """Return the registries of a probe's project, in order."""
        return self.registries_of(self.project(probe))

    def registries_of(self, project: Project) -> tuple[Registry, ...]:
        """Return the registries of a project, in order; nothing is read of them yet."""
        if project.root not in self._registries:
            self._registries[project.root] = tuple(self._opened(known) for known in project.registries)
        return self._registries[project.root]

    def layers(self, probe: Probe, tree: Library, pins: Pins) -> Layers:
        """Return all that a probe's fragments may come from.

        The origins of needs come in the order of the needs' names, whatever that of their lines.
        TapsmithError where one cannot be read, or has not what it is named for.
        """
        layers: list[Layer] = [Tree(tree.fragments, self.shipped(probe, tree))]
        for need in sorted(probe.needs, key=lambda need: need.name):
            if need.origin:
                layers.append(self._elsewhere(probe, tree, need, need.origin, pins))
        return self._joined(layers, self.project(probe))

    def known(self, tree: Library, project: Project) -> Layers:
        """Return what there is whatever a probe's needs say of origins."""
        return self._joined([Tree(tree.fragments, frozenset())], project)

    def shipped(self, probe: Probe, tree: Library) -> frozenset[str]:
        """Return the fragments of the tree that are tapsmith's, not the project's."""
        root = shipped_root()
        # In tapsmith's own checkout they are the tree.  A project's .venv is no part of the project.
        if root == self.project(probe).root.resolve():
            return frozenset()
        known = tree.fragments.values()
        return frozenset(f.name for f in known if f.directory.resolve().is_relative_to(root))

    def is_elsewhere(self, probe: Probe) -> bool:
        """Tell whether a fragment may come from anywhere but the tree."""
        return bool(self.registries(probe)) or any(need.origin for need in probe.needs)

    def is_remote(self, probe: Probe) -> bool:
        """Tell whether a registry of a probe's project is asked over a network."""
        return not self._network.is_closed and any(
            isinstance(at, str)
            for known in self.project(probe).registries
            for at in (known.directory or known.url, *known.mirrors)
        )

    def path_root(self, probe: Probe, path: str) -> Path:
        """Return the directory that a `path` means."""
        return Path(os.path.abspath(self.project(probe).root / path))

    def repository(self, probe: Probe, need: Requirement, origin: Origin) -> Repository:
        """Return the repository that an origin names."""
        return Repository(self._cache, self.project(probe).root, origin, need.place, self._say, self._network)

    def root(self, directory: Path) -> Mapping[str, Fragment]:
        """Return the fragments below a directory; TapsmithError with what their manifests have wrong."""
        if directory not in self._roots:
            report = Report()
            self._roots[directory] = load_fragments([directory], report)
            report.check()
        return self._roots[directory]

    def _opened(self, known: RegistryPlace) -> Registry:
        tree = self._files(known, known.directory or known.url)
        if known.mirrors:
            tree = MirroredTree(tree, [self._files(known, at) for at in known.mirrors])
        if known.root:
            tree = LateSigned(known.name, tree, known.root, known.place, self._cache)
        return Registry(known.name, tree, known.place)

    def _files(self, known: RegistryPlace, at: Path | str) -> FileTree:
        if isinstance(at, Path):
            return DirectoryTree(known.name, at, known.place)
        tree = OciTree if at.startswith(OCI) else HttpTree
        return tree(known.name, at, known.place, self._cache, self._network)

    def _joined(self, layers: Sequence[Layer], project: Project) -> Layers:
        registries = self.registries_of(project)
        return Layers([*layers, *(Registered(known, self.store, project.bind) for known in registries)])

    def _elsewhere(
        self, probe: Probe, tree: Library, need: Requirement, origin: Origin, pins: Pins
    ) -> Elsewhere:
        """Return what a need's origin has; the need's own fragment must be in it."""
        if need.name in tree.fragments:
            message = f"`{need.name}` lies in the tree ({tree.fragments[need.name].place}), which comes first"
            raise fail(
                "origin-hidden", message, need.place, f"drop the `{origin.kind}`, or rename one of the two"
            )
        commit = ""
        if origin.kind == "path":
            directory = self._checked_path(probe, need, origin)
        else:
            repository = self.repository(probe, need, origin)
            commit = pins.get(origin) or repository.find_commit()
            directory = repository.tree(commit)
        fragments = self.root(directory)
        if need.name not in fragments:
            what = f"{origin.at} at {origin.rev}" if origin.rev else origin.at
            there = ", ".join(sorted(fragments)) or "no manifests/*.yaml"
            mend = did_you_mean(need.name, fragments) or f"it holds {there}"
            raise fail("unknown-fragment", f"{what} has no fragment `{need.name}`", need.place, mend)
        bind = self.project(probe).bind
        taken = {name: f for name, f in fragments.items() if name == need.name or bind.allows(name, None)}
        return Elsewhere(taken, origin, commit, self.store)

    def _checked_path(self, probe: Probe, need: Requirement, origin: Origin) -> Path:
        if PurePosixPath(origin.at).is_absolute() or origin.at.startswith("~"):
            message = f"`{origin.at}` is there on one machine only"
            raise fail("bad-origin", message, need.place, "write it relative to the project's root")
        directory = self.path_root(probe, origin.at)
        if not directory.is_dir():
            message = f"there is no directory {origin.at}, where `{need.name}` is to come from"
            raise fail("origin-unreachable", message, need.place, f"it would be {directory}")
        return directory
