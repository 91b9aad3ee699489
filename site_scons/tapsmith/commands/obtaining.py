"""What the subcommands ask of the packages: the fragments of a probe, and all that can be had."""

from __future__ import annotations

from collections.abc import Mapping

from tapsmith.commands.output import say
from tapsmith.commands.shared import find_probe, load_library, project_root, shown_place
from tapsmith.dependencies import Dependencies, dependencies
from tapsmith.kernelcache import cache_dir
from tapsmith.library import Library
from tapsmith.manifest import Requirement
from tapsmith.network import Network
from tapsmith.packages.layers import Layers
from tapsmith.packages.lock import kept
from tapsmith.packages.lock_file import LOCK_FILE, read_lock
from tapsmith.packages.obtaining import Obtained, obtain
from tapsmith.packages.project import load_project, root_of
from tapsmith.packages.sources import Sources
from tapsmith.probe import Probe, load_probe
from tapsmith.resolution import Request
from tapsmith.resolver.universe import Universe


def open_sources(network: Network = Network.CLOSED) -> Sources:
    """Return what fragments may come from, with the cache of this user.

    `network` is what a command may ask of others, unless the user wants it offline.
    """
    return Sources(cache_dir(), say, network.unless_offline())


def obtain_probe(probe: Probe, library: Library | None = None, network: Network = Network.CLOSED) -> Obtained:
    """Return what a probe resolves to: as its lock says, or afresh where it has none that holds.

    `library` are the fragments known here, if they have been read.
    """
    return obtain(probe, library or load_library(probe), open_sources(network))


def known_releases(probe: Probe | None = None, library: Library | None = None) -> Layers:
    """Return the releases of all fragments known here, those of registries, too.

    `library` are the fragments of the tree, if they have been read.
    TapsmithError with every problem of manifests and of tapsmith.yaml.
    """
    root = root_of(probe.directory) if probe else project_root()
    sources = open_sources(Network.OPEN)
    return sources.known(library or load_library(probe), load_project(root))


def universe_of_probe(probe: Probe) -> Universe:
    """Return all that a probe is resolved in, what its needs name included, at the commits of its lock.

    TapsmithError where any of that cannot be read.
    """
    pins = kept(read_lock(probe.directory / LOCK_FILE))[1]
    return open_sources(Network.OPEN).layers(probe, load_library(probe), pins)


def find_dependencies(name: str | None) -> Dependencies:
    """Return who requires whom in the probe that `find_probe` finds; TapsmithError where it is refused."""
    obtained = obtain_probe(load_probe(find_probe(name)))
    return dependencies(obtained.resolution, obtained.library, obtained.origins)


def place_of(request: Requirement | Request, by: str, origins: Mapping[str, str]) -> str:
    """Return where `by` requires something, as people read it.

    Of a fragment from elsewhere that is the origin and the file in it, not a copy in the cache.
    """
    if by in origins:
        return f"manifests/{by}.yaml:{request.place.line} in {origins[by]}"
    return shown_place(request.place)
