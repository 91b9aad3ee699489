"""A signed registry, for tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from origins import World, write_fragment
from tapsmith.diagnostics import TapsmithError
from tapsmith.manifest import load_fragment
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import publish
from tapsmith.packages.tree import DirectoryTree
from tapsmith.signing import signing
from tapsmith.signing.keys import load_keys, make_key
from tapsmith.signing.roots import Rule, init, signer
from tapsmith.signing.signed_tree import SignedTree


def quiet(message: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Signed:
    """The registry of a world, signed by one root key and one other."""

    world: World

    @property
    def at(self) -> Path:
        return self.world.registry

    @property
    def pinned(self) -> Path:
        return self.world.root / "pinned.json"

    def key(self, name: str) -> Path:
        """Return the file of a key, made at the first use."""
        file = self.world.root / f"{name}.key"
        if not file.exists():
            make_key(file, False)
        return file

    def keys(self, *names: str) -> signing.Keys:
        return load_keys([self.key(name) for name in names])

    def rule(self, *roots: str, by: str = "main", threshold: int = 1) -> Rule:
        return Rule(self.keys(*roots), self.keys(by), threshold, 30)

    def add(self, version: str, *, by: str = "main", at: Path | None = None) -> None:
        """Publish a version of `deep`, signed."""
        draft = self.world.root / f"draft-{version}"
        fragment = load_fragment(write_fragment(draft, "deep", version))
        where = at or self.at
        publish(where, [fragment], quiet, signer(where, self.keys(by)))
        shutil.rmtree(draft)

    def read(self, at: Path | None = None, name: str = "deep") -> list[str]:
        """Return the versions of a fragment that a reader with the pinned root sees."""
        where = DirectoryTree("main", at or self.at)
        # Wherever a copy lies, it is served as the same registry.
        tree = SignedTree("main", Moved(where), self.pinned, None, self.world.root / "cache")
        return [str(release.version) for release in Registry("main", tree).releases(name)]

    def refused(self, at: Path | None = None, name: str = "deep") -> str:
        """Return the code that a reader is refused with."""
        with pytest.raises(TapsmithError) as caught:
            self.read(at, name)
        (code,) = caught.value.codes
        return code

    def copy(self, name: str) -> Path:
        """Return a copy of the registry as it is now."""
        return Path(shutil.copytree(self.at, self.world.root / name))


class Moved(DirectoryTree):
    """A directory that says it lies where every other one does."""

    def __init__(self, tree: DirectoryTree) -> None:
        self.__dict__.update(tree.__dict__)

    @property
    def where(self) -> str:
        return "https://example.org/registry"


def sign_world(world: World) -> Signed:
    """Return a world's registry, signed, with its root pinned."""
    made = Signed(world)
    shutil.copy(made.at / init(made.at, made.rule("root"), quiet), made.pinned)
    return made
