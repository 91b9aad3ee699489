"""What is done on a disk that is full: a tmpfs of a few pages, in a namespace where whoever tests may mount.

    unshare -rm python full_disk.py fetch WORLD       the project of WORLD, with its registry on a server
    unshare -rm python full_disk.py publish WORLD
    unshare -rm python full_disk.py export WORLD

Each is tried with more and more room, in pages and in files, until it ends well.  What has to hold each time
is asserted here, since the disk is gone with the process.  Prints how often it did not end well.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from origins import World, write_fragment
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.manifest import Fragment, load_fragment
from tapsmith.packages.oci_layout import export
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import add_to_registry
from test_cache_safety import assert_whole, drafts
from test_export import files, told
from test_registry_write import contents

_PAGE = 4096
_ROOMY = "size=4m,nr_inodes=1000"
_MOST = 60


def mount(at: Path, options: str) -> None:
    """Mount a tmpfs, or change the room that it has."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", at], check=True)


def leave(at: Path, pages: int, inodes: int) -> None:
    """Leave just so much room."""
    found = os.statvfs(at)
    size = (found.f_blocks - found.f_bfree + pages) * _PAGE
    mount(at, f"remount,size={size},nr_inodes={found.f_files - found.f_ffree + inodes}")


def tried(
    disk: Path, fill: Callable[[], object], act: Callable[[], str], check: Callable[[bool], None]
) -> int:
    """Do something with more and more room; return how often it was refused.

    `act` returns the refusal, or nothing; `check` is told whether it is done now.
    """
    refused = 0
    for room in (lambda left: (left, 500), lambda left: (500, left)):
        for left in range(_MOST):
            mount(disk, _ROOMY)
            fill()
            leave(disk, *room(left))
            said = act()
            check(not said)
            if said:
                refused += 1
                assert "No space left on device" in said, said
                assert "another refusal" not in said, said
                mount(disk, f"remount,{_ROOMY}")
                again = act()
                assert not again, again
                check(True)
            subprocess.run(["umount", disk], check=True)
            if not said:
                break
        else:
            raise AssertionError("it never ends well")
    return refused


def fetches(world: World, disk: Path) -> int:
    """`tapsmith fetch` into a cache on the disk."""

    def act() -> str:
        told = io.StringIO()
        with redirect_stderr(told), redirect_stdout(io.StringIO()):
            status = main(["fetch"])
        assert (status == 2) == ("[cannot-write]" in told.getvalue()), told.getvalue()
        return told.getvalue() if status else ""

    def check(is_done: bool) -> None:
        assert_whole(world)
        assert drafts(world) == []
        assert not is_done or main(["verify"]) == 0

    return tried(disk, lambda: None, act, check)


def publishes(world: World, disk: Path) -> int:
    """A version into a registry on the disk."""
    fragment = load_fragment(write_fragment(world.root / "draft", "spikes", more="provides: [store]\n"))
    undisturbed = shutil.copytree(world.registry, world.root / "undisturbed")
    add_to_registry(undisturbed, fragment)
    at = disk / "registry"

    def check(is_done: bool) -> None:
        registry = Registry("main", at)
        for release in (*registry.releases("spikes"), *registry.releases("deep")):
            registry.archive(release.archive, "it", None)
        assert not list((at / ".drafts").glob("*"))
        if is_done:
            assert contents(at) == contents(undisturbed)

    return tried(
        disk, lambda: shutil.copytree(world.registry, at), lambda: _said(add_to_registry, at, fragment), check
    )


def exports(world: World, disk: Path) -> int:
    """A layout on the disk, which was one of an older registry."""
    old = shutil.copytree(world.registry, world.root / "old")
    world.publish("deep", "1.2.0")
    at = disk / "layout"

    def check(is_done: bool) -> None:
        assert told(at) == files(world.registry if is_done else old)
        assert not list((at / ".drafts").glob("*"))

    return tried(
        disk, lambda: export(old, at, _quiet), lambda: _said(export, world.registry, at, _quiet), check
    )


def _quiet(message: str) -> None:
    """Say nothing."""


def _said(act: Callable[..., object], *given: Path | Fragment | Callable[[str], None]) -> str:
    try:
        act(*given)
    except TapsmithError as error:
        return str(error) if error.codes == ("cannot-write",) else f"another refusal: {error}"
    return ""


if __name__ == "__main__":
    what, where = sys.argv[1], World(Path(sys.argv[2]))
    acts = {"fetch": fetches, "publish": publishes, "export": exports}
    print(acts[what](where, where.root / ("cache" if what == "fetch" else "disk")))
