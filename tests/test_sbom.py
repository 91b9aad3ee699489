"""Bills of materials: what is in them, that they are valid, and always the same."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conftest import Project
from howto import check_howto, read_howto
from origins import World
from scons_project import ROOT, files, module, scons
from tapsmith.cli import main
from test_scons import KERNEL

ARGUMENTS = ["--kernel", "6.1-cloud"]


def bill(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, dict[str, Any]]:
    """Return what the command prints, as text and read; it is valid by the schema."""
    capsys.readouterr()
    assert main(["sbom", *arguments, *ARGUMENTS]) == 0
    text = capsys.readouterr().out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return text, json.loads(text)


def components(found: dict[str, Any]) -> dict[str, Any]:
    """Return the components by name."""
    return {component["name"]: component for component in found["components"]}


def properties(component: dict[str, Any]) -> dict[str, str]:
    """Return the properties of a component."""
    return {entry["name"].removeprefix("tapsmith:"): entry["value"] for entry in component["properties"]}


def test_a_built_module(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The module and each file with its hash, the kernel's package, the tools; no path of this machine."""
    directory = project(files())
    monkeypatch.chdir(directory)
    assert scons(directory, KERNEL, "one").status == 0
    text, found = bill(capsys, "one")
    path = module(directory, "one")
    assert path
    main_component = found["metadata"]["component"]
    assert main_component["hashes"] == [
        {"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}
    ]
    by_name = components(found)
    release = path.parent.parent.name
    assert by_name[f"linux-headers-{release}"]["purl"].startswith(
        f"pkg:deb/debian/linux-headers-{release}@6.1."
    )
    assert {"tick", "gcc-12", "ld", "as"} <= by_name.keys()
    assert by_name["gcc-12"]["version"].startswith("12.")
    inner = {part["name"]: part["hashes"][0]["content"] for part in by_name["tick"]["components"]}
    assert inner == {
        name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
        for name in ("fragments/tick/tick.c", "manifests/tick.yaml")
    }
    assert by_name["tick"]["licenses"] == [{"license": {"id": "GPL-2.0"}}]
    needed = {entry["ref"]: entry.get("dependsOn", []) for entry in found["dependencies"]}
    assert "fragment:tick" in needed["probe:one"]
    assert str(directory) not in text
    assert str(Path.home()) not in text
    assert "timestamp" not in text


def test_it_is_always_the_same(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In another directory, at another time; with SOURCE_DATE_EPOCH it has that date, and another serial."""
    directory = project(files())
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.chdir(directory)
    first, found = bill(capsys, "one")
    other = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(directory, other)
    monkeypatch.chdir(other)
    assert bill(capsys, "one")[0] == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    dated = bill(capsys, "one")[1]
    assert dated["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert dated["serialNumber"] != found["serialNumber"]


def test_origins_are_those_of_the_lock(locked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A fragment of the tree, of a directory, of git with its commit, and of a registry."""
    by_name = components(bill(capsys, "mine")[1])
    origins = {name: properties(by_name[name])["origin"] for name in ("own", "near", "far", "deep")}
    assert origins["own"] == "tree"
    assert origins["near"] == "path ../beside"
    assert origins["far"] == "git ../far"
    assert origins["deep"].startswith("registry ")
    assert properties(by_name["far"])["commit"] == commit_of(locked)
    lock = locked.lock.read_text(encoding="utf-8")
    assert f"sha256: {properties(by_name['deep'])['sha256']}" in lock


def commit_of(world: World) -> str:
    """Return the commit that the lock names."""
    lines = world.lock.read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("    commit: "))


def test_a_module_of_other_fragments_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its hash would be told of what it is not made of."""
    directory = project(files())
    monkeypatch.chdir(directory)
    assert scons(directory, KERNEL, "one").status == 0
    with (directory / "fragments/tick/tick.c").open("a", encoding="utf-8") as file:
        file.write("/* more */\n")
    assert main(["sbom", "one", *ARGUMENTS, "-o", "bill.json"]) == 2
    assert "another `tick` than the probe has now [module-outdated]" in capsys.readouterr().err
    assert not Path("bill.json").exists()


def test_a_kernel_that_is_not_here(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is not fetched for a bill; what brings it is told."""
    monkeypatch.chdir(project(files()))
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "cache"))
    assert main(["sbom", "one", "--kernel", "6.12-rt"]) == 2
    assert "`tapsmith fetch-kernel 6.12-rt`" in capsys.readouterr().err
    assert not (tmp_path / "cache/kernels").exists()


def test_without_the_library(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told what to install."""
    monkeypatch.chdir(project(files()))
    monkeypatch.delitem(sys.modules, "tapsmith.sbom", raising=False)
    monkeypatch.delattr("tapsmith.sbom", raising=False)
    monkeypatch.setitem(sys.modules, "cyclonedx", None)
    monkeypatch.setitem(sys.modules, "cyclonedx.contrib.license.factories", None)
    assert main(["sbom", "one"]) == 2
    assert "pip install 'tapsmith[sbom]'" in capsys.readouterr().err


def test_the_page_runs(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What docs/sbom.md shows is what one sees."""
    howto = read_howto((ROOT / "docs/sbom.md").read_text(encoding="utf-8"))
    assert (len(howto.commands), len(howto.shown)) == (1, 1)
    home = tmp_path_factory.mktemp("sbom") / "home"
    project(files()).rename(home)
    check_howto(howto, home)
