"""A project whose fragments come from everywhere, for tests of locks and origins.

<root>/app       the project: one fragment of its own, one probe
<root>/beside    a directory with fragment `near`
<root>/far       a git repository with fragment `far`, tag v1
<root>/registry  a registry with `deep` 1.0.0, 1.1.0 and 2.0.0, which require `deeper`
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tapsmith.diagnostics import TapsmithError
from tapsmith.library import Library
from tapsmith.manifest import load_fragment
from tapsmith.packages.obtaining import Obtained, obtain
from tapsmith.packages.registry_write import add_to_registry, make_registry
from tapsmith.packages.sources import Sources
from tapsmith.probe import load_probe
from tapsmith.shipped import shipped_root

NEEDS = """\
  own: "*"
  near: {version: ^1.0, path: ../beside}
  far: {version: ^1.0, git: ../far, tag: v1}
  deep: ^1.0
"""
PROBE_C = """\
static int probe_begin(void)
{
	return own_value() + near_value() + far_value() + deep_value() > 1000 ? -EINVAL : 0;
}

static void probe_end(void)
{
}
"""
SCONSTRUCT = """\
import tapsmith.scons

DefaultEnvironment(tools=[])
env = Environment(tools=[tapsmith.scons.generate])
for probe in Glob("probes/*/probe.yaml"):
    env.ProbeModule(probe.dir)
"""


def write_fragment(
    root: Path, name: str, version: str = "1.0.0", more: str = "", value: int = 1, calls: str = ""
) -> Path:
    """Write a fragment with one function, `<name>_value`; return its manifest."""
    manifest = root / f"manifests/{name}.yaml"
    code = root / f"fragments/{name}/{name}.c"
    for path in (manifest, code):
        path.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(
        f"name: {name}\nversion: {version}\nsummary: Fragment {name}\nlicense: GPL-2.0\n{more}"
        f"sources: [{name}.c]\nexports:\n  functions: {{{name}_value: any}}\n",
        encoding="utf-8",
    )
    plus = f" + {calls}()" if calls else ""
    code.write_text(f"static int {name}_value(void)\n{{\n\treturn {value}{plus};\n}}\n", encoding="utf-8")
    return manifest


def git(directory: Path, *words: str) -> str:
    """Run git in a repository of the test, away from the user's settings."""
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": "/usr/bin:/bin"}
    who = {f"GIT_{role}_{what}": "t@t" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "-C", str(directory), *words]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=settings | who
    ).stdout.strip()


def commit(directory: Path, tag: str | None = None) -> str:
    """Commit all there is in a directory, made a repository if it is none; return the commit."""
    if not (directory / ".git").is_dir():
        git(directory, "init", "-q", "-b", "main")
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", "change")
    if tag:
        git(directory, "tag", "-f", tag)
    return git(directory, "rev-parse", "HEAD")


@dataclass(frozen=True)
class World:
    """The project and all that it takes fragments from."""

    root: Path

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def probe(self) -> Path:
        return self.app / "probes/mine"

    @property
    def lock(self) -> Path:
        return self.probe / "tapsmith.lock"

    @property
    def registry(self) -> Path:
        return self.root / "registry"

    def publish(self, name: str, version: str, more: str = "", **how: str | int) -> None:
        """Add a version of a fragment to the registry."""
        draft = self.root / "draft"
        add_to_registry(self.registry, load_fragment(write_fragment(draft, name, version, more, **how)))  # type: ignore[arg-type]
        shutil.rmtree(draft)

    def need(self, needs: str, more: str = "") -> None:
        """Write the probe's needs, the lines below the key."""
        text = f"name: mine\nsummary: Takes from everywhere\nneeds:\n{needs}{more}"
        (self.probe / "probe.yaml").write_text(text, encoding="utf-8")

    def hide(self) -> None:
        """Move everything away that fragments came from."""
        for name in ("beside", "far", "registry"):
            (self.root / name).rename(self.root / f"{name}.away")

    def show(self) -> None:
        """Move it back."""
        for name in ("beside", "far", "registry"):
            (self.root / f"{name}.away").rename(self.root / name)


def make_world(root: Path, files: Mapping[str, str] = {}) -> World:
    """Write all of it below `root`."""
    world = World(root)
    write_fragment(world.app, "own", "0.1.0")
    write_fragment(root / "beside", "near", "1.2.0")
    write_fragment(root / "far", "far", "1.5.0")
    commit(root / "far", "v1")
    make_registry(world.registry, "main")
    world.publish("deeper", "1.0.0")
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        world.publish("deep", version, "requires: {deeper: ^1.0}\n", calls="deeper_value")
    world.probe.mkdir(parents=True)
    world.need(NEEDS)
    texts = {"probes/mine/mine.c": PROBE_C, "tapsmith.yaml": "registries:\n  main: {path: ../registry}\n"}
    for name, text in {**texts, "SConstruct": SCONSTRUCT, **files}.items():
        (world.app / name).parent.mkdir(parents=True, exist_ok=True)
        (world.app / name).write_text(text, encoding="utf-8")
    return world


def obtained(world: World, frozen: bool = True) -> Obtained:
    """Return what the probe resolves to."""
    probe, tree = load_probe(world.probe), Library.load([world.app, shipped_root()])
    return obtain(probe, tree, Sources(world.root / "cache", lambda said: None), frozen)


def versions(world: World, frozen: bool = True) -> dict[str, str]:
    """Return the version of each fragment the probe is built of."""
    return {f.name: str(f.version) for f in obtained(world, frozen).resolution.fragments}


def edit(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must occur, by `new`."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused_afresh(world: World) -> TapsmithError:
    """Return why a probe is refused that need not be frozen."""
    with pytest.raises(TapsmithError) as caught:
        obtained(world, frozen=False)
    return caught.value
