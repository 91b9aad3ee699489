"""Kernels and modules that the tests share.

`kernel` runs a test once for each kernel of `--kernels`; its headers and
image come from the cache, or are fetched into it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tapsmith import debian
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target, find_target

ROOT = Path(__file__).resolve().parent.parent
USUAL = ("6.1-cloud", "6.12-cloud", "6.1-rt")
ALL = ("6.1", "6.1-cloud", "6.1-rt", "6.12", "6.12-cloud", "6.12-rt")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernels", default=",".join(USUAL),
                     help="the kernels to test on, with commas, or `all` (default: %(default)s)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kernel" in metafunc.fixturenames:
        given = metafunc.config.getoption("--kernels")
        names = ALL if given == "all" else tuple(given.split(","))
        metafunc.parametrize("kernel", names, indirect=True, scope="session")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


@pytest.fixture(scope="session")
def kernel(request: pytest.FixtureRequest) -> Target:
    """One of the kernels under test, with its bootable image."""
    return find_target(request.param, progress=_say, image=True)


@pytest.fixture(scope="session")
def facts(kernel: Target) -> Facts:
    """The facts of the kernel under test."""
    return load_facts(kernel, debian.cache_dir(), progress=_say)


@pytest.fixture(scope="session")
def any_kernel() -> Target:
    """Debian 12's own cloud kernel, for tests that need some kernel."""
    return find_target(USUAL[0], progress=_say, image=True)


Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a function that writes files (name to text) below a fresh directory."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write
