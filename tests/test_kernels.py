"""`tapsmith kernels` and `tapsmith fetch-kernel`: what is told of kernels, and what comes into the cache."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scons_project import ROOT, scons
from tapsmith.aptroot import AptRoot
from tapsmith.cli import main
from tapsmith.kernel import Target
from tapsmith.kernels import DEBIAN
from test_kernel import TREE

RELEASE = "6.1.0-56-cloud-amd64"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a system without headers."""
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path))
    monkeypatch.setattr("tapsmith.kernels.installed_trees", dict)
    return tmp_path


def keep(cache: Path, release: str, files: dict[str, str], image: bool = False) -> Path:
    """Put a kernel into a cache; return its directory."""
    directory = cache / "kernels" / release
    for name, text in files.items():
        path = directory / "usr/src" / f"linux-headers-{release}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(RELEASE, release), encoding="utf-8")
    if image:
        (directory / "boot").mkdir()
        (directory / "boot" / f"vmlinuz-{release}").touch()
    (directory / "version").write_text("6.1.1-1\n", encoding="utf-8")
    return directory


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """Return what the command tells, by name."""
    capsys.readouterr()
    assert main(["kernels", "--json"]) == 0
    return {kernel["name"]: kernel for kernel in json.loads(capsys.readouterr().out)["kernels"]}


def test_debian_s_kernels_are_listed_where_none_is_here(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each lacks headers and image, and the command that brings them is told."""
    kernels = listed(capsys)
    assert tuple(kernels) == DEBIAN
    for name, kernel in kernels.items():
        assert kernel["missing"] == ["headers", "image"]
        assert kernel["mend"] == f"tapsmith fetch-kernel {name}"
    assert [name for name, kernel in kernels.items() if kernel["default"]] == ["6.1-cloud"]


def test_what_is_here_is_told(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A kernel of the cache with an older one, one with types, and one whose compiler is not installed."""
    keep(cache, RELEASE, TREE, image=True)
    keep(cache, "6.1.0-9-cloud-amd64", TREE)
    config = 'CONFIG_CC_VERSION_TEXT="gcc-99 (Debian) 99"\n'
    keep(cache, "6.12.1-rt-amd64", {**TREE, ".config": config, "vmlinux": "types"})
    kernels = listed(capsys)
    assert kernels.keys() == {*DEBIAN, "6.1.0-9-cloud-amd64"}
    newest, rt = kernels["6.1-cloud"], kernels["6.12-rt"]
    assert (newest["release"], newest["missing"], newest["btf"]) == (RELEASE, [], False)
    assert (kernels["6.1.0-9-cloud-amd64"]["missing"], rt["btf"]) == (["image"], True)
    assert rt["compiler"] == {"name": "gcc-99", "found": False}
    assert rt["mend"] == "tapsmith fetch-kernel 6.12-rt; apt-get install gcc-99"
    assert main(["kernels"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(
        line.startswith("6.1-cloud *") and line.split()[2:5] == [RELEASE, "cache", "yes"] for line in lines
    )


def test_a_damaged_kernel_is_told_of(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One whose headers lack a part is listed with the reason; all others are, too."""
    keep(cache, RELEASE, {name: text for name, text in TREE.items() if name != "Module.symvers"})
    kernels = listed(capsys)
    assert "Module.symvers" in kernels["6.1-cloud"]["problem"]
    assert kernels["6.12-rt"]["problem"] is None


def test_headers_of_the_system_come_first(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are what a build uses; the image is still the cache's."""
    directory = keep(cache, RELEASE, TREE, image=True)
    tree = shutil.copytree(directory / f"usr/src/linux-headers-{RELEASE}", cache / "system")
    monkeypatch.setattr("tapsmith.kernels.installed_trees", lambda: {RELEASE: tree})
    kernel = listed(capsys)["6.1-cloud"]
    assert (kernel["where"], kernel["headers"], kernel["missing"]) == ("system", str(tree), [])


def test_a_kernel_that_is_here_is_fetched_without_the_network(
    kernel: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Headers and image are told; a second name that means none stops nothing, and ends with 2."""
    monkeypatch.setattr(AptRoot, "prepare", lambda _: pytest.fail("asked Debian"))
    assert main(["fetch-kernel", kernel.release, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (found,) = told["kernels"]
    assert told["errors"] == []
    assert (found["release"], Path(found["image"])) == (kernel.release, kernel.image)
    assert main(["fetch-kernel", "--offline", "6.9-none", kernel.release, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert [error["code"] for error in told["errors"]] == ["not-cached"]
    assert [one["release"] for one in told["kernels"]] == [kernel.release]


def test_scons_has_the_same_words(kernel: Target) -> None:
    """`./sconsw kernels` and `./sconsw fetch-kernel` are those commands."""
    run = scons(ROOT, "-Q", "kernels")
    assert run.status == 0
    assert run.output.startswith("name ")
    run = scons(ROOT, "-Q", "fetch-kernel", kernel.release)
    assert run.status == 0
    assert f"boot/vmlinuz-{kernel.release}" in run.output
