"""The how-tos of docs/registry.md: every command of them runs, and says what the page shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from howto import check_howto, read_howto
from origins import World
from programs import environment, free_port
from scons_project import ROOT

PAGE = (ROOT / "docs/registry.md").read_text(encoding="utf-8")
FIRST = PAGE.partition("## From nothing to a fragment published and used by another project\n")[2].partition(
    "\n## "
)[0]
OCI = PAGE.partition("## In an OCI registry\n")[2].partition("\n## ")[0]


def test_every_command_runs_and_says_what_is_shown(world: World, tmp_path: Path) -> None:
    """The module is there in the end, with the fragment in it as its lock has it."""
    home = tmp_path / "howto"
    home.mkdir()
    howto = read_howto(FIRST)
    assert (len(howto.commands), len(howto.shown)) == (7, 11)
    check_howto(howto, home)
    (built,) = (home / "user/build").glob("*/reads/reads.ko")
    assert b"tapsmith_fragment=spikes 0.1.1 sha256:" in built.read_bytes()
    lock = (home / "user/probes/reads/tapsmith.lock").read_text(encoding="utf-8")
    assert "    registry: main\n    version: 0.1.1\n" in lock
    assert not list((home / "registry").rglob(".drafts"))


AWAIT = """\
trap 'kill $!' EXIT
for i in $(seq 300); do if grep -q 'listening on' server/log; then break; fi; sleep 0.1; done
"""


def test_an_oci_registry_is_set_up_and_used(world: World, oci_home: Path, no_proxy: None) -> None:
    """On another port than the page's, with the registry and the project of the how-to before it."""
    home = world.root / "howto"
    programs = home / "programs"
    programs.mkdir(parents=True)
    for name, options in (("docker-registry", ""), ("skopeo", "--insecure-policy ")):
        libraries = environment(oci_home)["LD_LIBRARY_PATH"]
        line = f'LD_LIBRARY_PATH={libraries} exec {oci_home}/usr/bin/{name} {options}"$@"'
        (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    howto = read_howto(OCI)
    assert (len(howto.commands), len(howto.shown)) == (3, 3)
    # What is built before does not matter here.
    before = [text.replace("scons --frozen\n", "") for text in read_howto(FIRST).commands]
    # A server takes a moment, which who types the next command gives it; and it ends with the test.
    commands = (f"PATH={programs}:$PATH", *before, "cd ..", howto.commands[0], AWAIT, *howto.commands[1:])
    port = str(free_port())
    check_howto(replace(howto, commands=tuple(text.replace("5000", port) for text in commands)), home)
    assert list((home / "copy/archives").glob("*/*"))
