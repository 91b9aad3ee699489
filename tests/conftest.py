"""Kernels and modules that the tests share.

`kernel` runs a test once for each kernel of `--kernels`; its headers and
image come from the cache, or are fetched into it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import nginx
import oci_server
import webserver
from origins import World, make_world
from scons_project import ROOT, scons
from served import use
from tapsmith.cli import main
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target, find_target
from tapsmith.kernelcache import cache_dir

USUAL = ("6.1-cloud", "6.12-cloud", "6.1-rt")
ALL = ("6.1", "6.1-cloud", "6.1-rt", "6.12", "6.12-cloud", "6.12-rt")


PROBES = sorted(
    str(file.parent)
    for pattern in ("probes", "tests/probes")
    for file in (ROOT / pattern).glob("*/probe.yaml")
)
_SCONSTRUCT = """\
import tapsmith.scons

env = Environment(tools=[tapsmith.scons.generate], PROBE_ROOTS=["{root}", "{root}/tests"], PROBE_LOCKS=False)
for probe in {probes}:
    env.ProbeModule(probe)
"""


def write_sconstruct(directory: Path) -> None:
    """Put a file into `directory` by which scons builds all probes there."""
    text = _SCONSTRUCT.format(root=ROOT, probes=PROBES)
    (directory / "SConstruct").write_text(text, encoding="utf-8")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kernels",
        default=",".join(USUAL),
        help="the kernels to test on, with commas, or `all` (default: %(default)s)",
    )
    parser.addoption("--soak", type=int, default=1, help="how many times as long as usual test_soak.py runs")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: a test for `scons matrix`, left out without --kernels=all")
    config.addinivalue_line("markers", "one_kernel: on the first of --kernels only, on each with `all`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--kernels") != "all":
        left_out = [item for item in items if item.get_closest_marker("matrix")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kernel" in metafunc.fixturenames:
        given = metafunc.config.getoption("--kernels")
        names = ALL if given == "all" else tuple(given.split(","))
        if given != "all" and metafunc.definition.get_closest_marker("one_kernel"):
            names = names[:1]
        metafunc.parametrize("kernel", names, indirect=True, scope="session")
    if "built_probe" in metafunc.fixturenames:
        metafunc.parametrize("built_probe", [Path(probe).name for probe in PROBES])


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


@pytest.fixture(scope="session")
def kernel(request: pytest.FixtureRequest) -> Target:
    """One of the kernels under test, with its bootable image."""
    return find_target(request.param, progress=_say, image=True)


@pytest.fixture(scope="session")
def facts(kernel: Target) -> Facts:
    """The facts of the kernel under test."""
    return load_facts(kernel, cache_dir(), progress=_say)


@pytest.fixture(scope="session")
def any_kernel() -> Target:
    """Debian 12's own cloud kernel, for tests that need some kernel."""
    return find_target(USUAL[0], progress=_say, image=True)


@dataclass(frozen=True)
class Modules:
    """All probes of this tree and of the tests, built for one kernel."""

    target: Target
    directory: Path

    def path(self, name: str) -> Path:
        """Return the module of the probe called `name`."""
        return self.directory / "build" / self.target.release / name / f"{name}.ko"


@pytest.fixture(scope="session")
def modules(kernel: Target, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    """Every module for the kernel under test, built by one run of scons outside this tree."""
    directory = tmp_path_factory.mktemp("modules")
    write_sconstruct(directory)
    run = scons(directory, f"KERNEL={kernel.release}", "-k", "-j2")
    assert run.status == 0, run.output
    return Modules(kernel, directory)


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


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project with fragments from everywhere, which is the current directory, and an empty cache."""
    made = make_world(tmp_path)
    monkeypatch.chdir(made.app)
    # What is known of kernels is the same for all tests; only fragments are apart.
    for name in ("facts", "identity", "kernels"):
        (cache_dir() / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "cache").mkdir(exist_ok=True)
        (tmp_path / "cache" / name).symlink_to(cache_dir() / name)
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "cache"))
    return made


@pytest.fixture
def locked(world: World) -> World:
    """The same, locked."""
    assert main(["lock"]) == 0
    return world


@pytest.fixture(scope="session")
def nginx_home() -> Path:
    """Where nginx lies, fetched if it does not yet."""
    return nginx.directory(cache_dir())


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is between a test and its servers."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def served(world: World, nginx_home: Path, no_proxy: None) -> Iterator[World]:
    """The project, with its registry on nginx."""
    with nginx.serve(nginx_home, world.registry) as url:
        use(world, url)
        yield world


@pytest.fixture
def server(world: World, no_proxy: None) -> Iterator[webserver.Server]:
    """The registry on a server that a test may let fail."""
    with webserver.serve(webserver.from_directory(world.registry)) as server:
        use(world, server.url)
        yield server


@pytest.fixture(scope="session")
def oci_home() -> Path:
    """Where docker-registry and skopeo lie, fetched if they do not yet."""
    return oci_server.directory(cache_dir())


@pytest.fixture
def oci(world: World, oci_home: Path, no_proxy: None) -> Iterator[oci_server.OciServer]:
    """A server of OCI registries with the world's registry, which the project uses."""
    with oci_server.serve(oci_home, world.root / "oci") as server:
        server.push(world.registry)
        use(world, server.url())
        yield server
