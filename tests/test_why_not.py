"""`tapsmith why-not`: what stands against a version, or that nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tapsmith.cli import main
from tapsmith.shipped import shipped_root

MANIFEST = """\
name: {name}
version: {version}
summary: A fragment
license: GPL-2.0
{more}
sources: [{name}.c]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a probe that needs `top`, which requires `base`, and some that do not go with it."""
    for name, version, more in (
        ("top", "1.2.0", "requires: {base: ^1.0}"),
        ("base", "1.0.0", "provides: [ground]"),
        ("apart", "1.0.0", "conflicts: {base: ^1.0}"),
        ("new_kernels", "1.0.0", 'kernel: ">=99"\nkconfig: [NO_SUCH_OPTION]'),
    ):
        (tmp_path / "manifests").mkdir(exist_ok=True)
        (tmp_path / "fragments" / name).mkdir(parents=True)
        (tmp_path / "fragments" / name / f"{name}.c").write_text("")
        text = MANIFEST.format(name=name, version=version, more=more)
        (tmp_path / "manifests" / f"{name}.yaml").write_text(text)
    (tmp_path / "probes/p").mkdir(parents=True)
    (tmp_path / "probes/p/probe.yaml").write_text("name: p\nsummary: P\nneeds:\n  top: ^1.0\n")
    (tmp_path / "probes/p/p.c").write_text("")
    (tmp_path / "SConstruct").write_text("")
    monkeypatch.chdir(tmp_path)
    assert shipped_root() != tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("base", "nothing stands against base 1.0.0: it is what p gets\n"),
        ("base@1.0.0", "nothing stands against base 1.0.0: it is what p gets\n"),
        (
            "new_kernels",
            "nothing stands against new_kernels 1.0.0: nothing that p needs asks for it; "
            "`tapsmith add new_kernels` does\n",
        ),
    ],
)
def test_nothing_may_stand_against_it(
    asked: str, told: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then it is told what comes of it."""
    assert main(["why-not", asked]) == 0
    assert capsys.readouterr().out == told


def test_what_others_have_against_it_is_derived(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From what is asked for and what the probe needs, with the place of each."""
    assert main(["why-not", "apart"]) == 1
    told = capsys.readouterr().out.replace(f"{project}/", "")
    assert "p needs top ^1.0 (probes/p/probe.yaml:4:3)" in told
    assert "top 1.2.0 needs base ^1.0 (manifests/top.yaml:5:12)" in told
    assert "apart 1.0.0 does not go with base ^1.0 (manifests/apart.yaml:5:13)" in told
    assert "apart 1.0.0 is what you ask for" in told


def test_a_kernel_may_stand_against_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its release, and the options it was built with."""
    assert main(["why-not", "new_kernels", "--kernel", "6.1-cloud", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [problem["code"] for problem in told["against"]] == ["kernel-unsupported", "kconfig-missing"]
    assert told["so"] is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [("basis", "unknown-fragment"), ("ground", "unknown-fragment"), ("base@^3", "unknown-version")],
)
def test_what_there_is_not_is_told(
    asked: str, code: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown name, a virtual one, a range without a version."""
    assert main(["why-not", asked, "--json"]) == 2
    [problem] = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], bool(problem["mend"])) == (code, True)
