"""Kernels from Debian's packages: names, apt's private root, the cache, and a whole fetch with a fake apt."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tapsmith import aptroot, debian, kernelcache
from tapsmith.aptroot import AptRoot, Package, configuration, first_error, parse_packages
from tapsmith.aptsources import Mirrors, Source, choose_mirrors, parse_deb822, parse_one_line, sources_list
from tapsmith.debs import relocated
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target, package_of

RELEASES = (
    "6.1.0-9-cloud-amd64", "6.1.0-56-cloud-amd64", "6.1.0-47-cloud-amd64", "6.1.0-56-amd64",
    "6.1.0-56-common", "6.1.0-56-common-rt", "6.1.0-56-rt-amd64",
    "6.12.111+deb12-cloud-amd64", "6.12.117+deb12-cloud-amd64",
    "6.12-cloud-amd64", "cloud-amd64", "amd64", "6.1.0-56-cloud-arm64",
)  # fmt: skip


def silent(message: str) -> None:
    """Report no progress."""


# Names


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("6.1-cloud", "6.1.0-56-cloud-amd64"),
        ("6.1-cloud-amd64", "6.1.0-56-cloud-amd64"),
        ("6.1", "6.1.0-56-amd64"),
        ("6.1-rt", "6.1.0-56-rt-amd64"),
        ("6.12-cloud", "6.12.117+deb12-cloud-amd64"),
        ("6.1.0-47-cloud-amd64", "6.1.0-47-cloud-amd64"),
        ("6.12-rt", None),
        ("6", None),
        ("6.1-common", None),
    ],
)
def test_a_short_name_means_its_newest_release(name: str, release: str | None) -> None:
    """Numbers count by value, not by letter; metapackages and common trees are no kernels."""
    assert kernelcache.newest(RELEASES, name) == release


def test_an_unknown_kernel_is_answered_with_what_there_is() -> None:
    """The nearest name first."""
    problem = debian.unknown_kernel("6.2-cloud", RELEASES, "amd64").problems[0]
    assert problem.code == "unknown-kernel"
    assert problem.mend == (
        "did you mean `6.12-cloud`?; there are 6.1, 6.1-cloud, 6.1-rt, 6.12-cloud, "
        "and full releases such as 6.12.117+deb12-cloud-amd64"
    )


# apt's private root


def test_apt_uses_nothing_but_its_directory() -> None:
    """Of the system's options only those about the network are taken over; hooks above all are not."""
    system = (
        'APT::Update::Post-Invoke-Success:: "touch /hooked";\nAcquire::Languages:: "de";\n'
        'Acquire::http::Proxy "http://proxy:3142";\nAcquire::AllowInsecureRepositories "1";\n'
        'Acquire::IndexTargets::deb::DEP-11::MetaKey "x";\nAcquire::Check-Valid-Until "false";\n'
    )
    text = configuration(Path("/c/apt"), "amd64", False, system)
    own = configuration(Path("/c/apt"), "amd64", False, "")
    assert text.removeprefix(own).splitlines() == [
        'Acquire::http::Proxy "http://proxy:3142";', 'Acquire::Check-Valid-Until "false";'
    ]  # fmt: skip
    for option in ("Dir::State ", "Dir::Cache ", "Dir::Etc::sourcelist ", "Dir::State::status "):
        assert f'{option}"/c/apt' in own
    assert 'Dir::Etc::parts "/dev/null";' in own
    assert "Sandbox" not in own
    assert 'APT::Sandbox::User "root";' in configuration(Path("/c/apt"), "amd64", True, "")


def test_the_systems_mirror_is_used() -> None:
    """Both spellings are read; comments, disabled stanzas, sources only and other archives are not."""
    deb822 = (
        "Types: deb deb-src\n# a comment\nURIs: http://mirror.example/debian\n"
        "Suites: bookworm\n bookworm-updates\nComponents: main\n\n"
        "Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: bookworm\n\n"
        "Types: deb-src\nURIs: http://src.example/debian\nSuites: bookworm\n"
    )
    lines = (
        "# deb http://off.example/debian-security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/k] http://mirror.example/sec bookworm-security main contrib\n"
        "deb https://packages.example/apt stable main\n"
    )
    assert parse_deb822(deb822) == [
        Source("http://mirror.example/debian", "bookworm"),
        Source("http://mirror.example/debian", "bookworm-updates"),
    ]
    found = choose_mirrors((*parse_deb822(deb822), *parse_one_line(lines)))
    assert found == Mirrors("http://mirror.example/debian", "http://mirror.example/sec")


def test_another_debians_mirror_serves_bookworm_too() -> None:
    """But a system without Debian's entries gets Debian's own host."""
    trixie = (Source("https://m.example/debian/", "trixie"), Source("cdrom:[x]/", "bookworm"))
    assert choose_mirrors(trixie) == Mirrors("https://m.example/debian/", Mirrors().security)
    assert choose_mirrors((Source("http://archive.example/ubuntu", "noble"),)) == Mirrors()


def test_sources_are_signed_and_of_one_architecture() -> None:
    """bookworm, its updates and its security updates."""
    lines = sources_list(Mirrors("http://m/debian", "http://m/sec"), Path("/k.gpg"), "amd64").splitlines()
    options = "deb [arch=amd64 signed-by=/k.gpg]"
    assert lines == [
        f"{options} http://m/debian bookworm main",
        f"{options} http://m/debian bookworm-updates main",
        f"{options} http://m/sec bookworm-security main",
    ]


def test_apts_first_error_is_told() -> None:
    """Errors before warnings, without their marks."""
    stderr = "W: old lists\nE: Failed to fetch http://m/  Could not resolve 'm'\nE: Some index files failed\n"
    assert first_error(stderr) == "Failed to fetch http://m/  Could not resolve 'm'"
    assert first_error("") == "apt gave no reason"


# Which packages a kernel is made of

RECORDED = """\
Package: linux-headers-6.1.0-56-cloud-amd64
Source: linux
Version: 6.1.192-2
Depends: linux-headers-6.1.0-56-common (= 6.1.192-2), linux-kbuild-6.1 (>= 6.1.192-2), \
linux-compiler-gcc-12-x86
Size: 1592924
Description-en: Header files
 several lines of it

Package: linux-headers-6.1.0-56-common
Version: 6.1.192-2
Size: 10533276

Package: linux-kbuild-6.1
Version: 6.1.199-1
Depends: libc6 (>= 2.34), libelf1 (>= 0.142), libssl3 (>= 3.0.0)
Size: 3

Package: linux-kbuild-6.1
Version: 6.1.192-2
Depends: libc6 (>= 2.34), libelf1 (>= 0.142), libssl3 (>= 3.0.0)
Size: 1568188

Package: linux-image-6.1.0-56-cloud-amd64
Version: 6.1.192-2
Size: 26713492

Package: linux-headers-6.12.117+deb12-cloud-amd64
Version: 6.12.117-1~deb12u1
Depends: linux-base (>= 4.12~), linux-headers-6.12.117+deb12-common (= 6.12.117-1~deb12u1), \
linux-image-6.12.117+deb12-cloud-amd64 (= 6.12.117-1~deb12u1) | \
linux-image-6.12.117+deb12-cloud-amd64-unsigned (= 6.12.117-1~deb12u1), \
linux-kbuild-6.12.117+deb12, gcc-12
Size: 2931728

Package: linux-headers-6.12.117+deb12-common
Version: 6.12.117-1~deb12u1
Size: 9

Package: linux-kbuild-6.12.117+deb12
Version: 6.12.117-1~deb12u1
Depends: libc6 (>= 2.34), libelf1 (>= 0.144), zlib1g (>= 1:1.2.3.3), pahole
Size: 1959272

Package: linux-image-6.12.117+deb12-cloud-amd64
Version: 6.12.116-1~deb12u1
Size: 1

Package: linux-image-6.12.117+deb12-cloud-amd64-unsigned
Version: 6.12.117-1~deb12u1
Size: 2

Package: libelf1
Version: 0.188-2.1
Size: 173796

Package: pahole
Version: 1.24-4.1
Size: 228972

Package: libdw1
Version: 0.188-2.1
Size: 234760

Package: libbpf1
Version: 1:1.1.2-0+deb12u1
Size: 145032
"""


@dataclass(frozen=True)
class RecordedRoot(AptRoot):
    """An apt root that answers from recorded stanzas."""

    text: str = RECORDED

    def names(self, prefix: str) -> tuple[str, ...]:
        return tuple(sorted({p.name for p in parse_packages(self.text) if p.name.startswith(prefix)}))

    def show(self, names: Sequence[str]) -> tuple[Package, ...]:
        return tuple(p for name in names for p in parse_packages(self.text) if p.name == name)


RECORDED_ROOT = RecordedRoot(Path("/nowhere"), "amd64")


def spelled(packages: Sequence[Package]) -> list[str]:
    return [f"{p.name} {p.version}" for p in packages]


def test_headers_bring_the_build_tools_of_their_version() -> None:
    """Even where apt would prefer newer ones; compiler and metapackages stay out."""
    plan = debian.plan(RECORDED_ROOT, "6.1-cloud", False)
    assert spelled(plan.tree) == [
        "linux-headers-6.1.0-56-cloud-amd64 6.1.192-2",
        "linux-headers-6.1.0-56-common 6.1.192-2",
        "linux-kbuild-6.1 6.1.192-2",
    ]
    assert spelled(plan.tools) == ["libelf1 0.188-2.1"]
    assert plan.image is None


def test_pahole_comes_where_the_build_tools_want_it() -> None:
    """With the libraries it is linked to; the image of the headers' version may be the unsigned one."""
    plan = debian.plan(RECORDED_ROOT, "6.12-cloud", True)
    assert [p.name for p in plan.tools] == ["libelf1", "pahole", "libdw1", "libbpf1"]
    assert plan.image
    assert plan.image.name == "linux-image-6.12.117+deb12-cloud-amd64-unsigned"


def test_a_foreign_kernel_is_built_by_this_machines_tools() -> None:
    """Headers are of the kernel's architecture; what runs, the compiler among it, is of this machine's."""
    own = RecordedRoot(Path("/own"), "arm64", RECORDED.replace("amd64", "arm64"))
    compiler = "".join(
        f"\nPackage: {name}\nVersion: 12.2.0-14cross1\nSize: 1\n"
        for name in ("gcc-12-aarch64-linux-gnu", "cpp-12-aarch64-linux-gnu", "binutils-aarch64-linux-gnu")
    )
    host = RecordedRoot(Path("/host"), "amd64", RECORDED + compiler)
    plan = debian.plan(own, "6.1-cloud-arm64", False, host)
    assert plan.release == "6.1.0-56-cloud-arm64"
    assert [p.name for p in plan.tools] == [
        "libelf1",
        "gcc-12-aarch64-linux-gnu",
        "cpp-12-aarch64-linux-gnu",
        "binutils-aarch64-linux-gnu",
    ]
    roots = {p.name: plan.root_of(p) for p in (*plan.tree, *plan.tools)}
    assert {name for name, root in roots.items() if root == own} == {
        "linux-headers-6.1.0-56-cloud-arm64",
        "linux-headers-6.1.0-56-common",
    }


def test_an_image_of_another_version_is_no_image() -> None:
    """Headers and image of one release can be of two revisions, which do not fit each other."""
    text = RECORDED.replace("Version: 6.1.192-2\nSize: 26713492", "Version: 6.1.192-1\nSize: 26713491")
    with pytest.raises(TapsmithError) as caught:
        debian.plan(RecordedRoot(Path("/nowhere"), "amd64", text), "6.1-cloud", True)
    assert caught.value.codes == ("kernel-fetch-failed",)


def test_a_header_tree_finds_its_common_tree_beside_it() -> None:
    """Debian's Makefile has one line."""
    assert relocated("include /usr/src/linux-headers-6.1.0-56-common/Makefile\n") == (
        "include ../linux-headers-6.1.0-56-common/Makefile\n"
    )


# The cache


def cached(cache: Path, release: str, *, image: bool = False) -> Path:
    """Put the skeleton of a complete kernel into a cache."""
    directory = cache / "kernels" / release
    (directory / "usr/src" / f"linux-headers-{release}").mkdir(parents=True)
    (directory / "version").write_text("6.1.192-2\n")
    if image:
        (directory / "boot").mkdir()
        (directory / "boot" / f"vmlinuz-{release}").touch()
    return directory


def test_the_cache_shows_complete_kernels_only(tmp_path: Path) -> None:
    """Drafts, and directories without a version, are none; order is by age of the release."""
    for release in ("6.1.0-56-cloud-amd64", "6.1.0-9-cloud-amd64"):
        cached(tmp_path, release)
    cached(tmp_path, ".6.1.0-57-cloud-amd64.draft")
    (cached(tmp_path, "6.1.0-58-cloud-amd64") / "version").unlink()
    assert [k.release for k in debian.installed(tmp_path)] == ["6.1.0-9-cloud-amd64", "6.1.0-56-cloud-amd64"]
    found = debian.find(tmp_path, "6.1-cloud")
    assert found
    assert found.release == "6.1.0-56-cloud-amd64"
    assert debian.installed(tmp_path / "none") == ()


def test_a_kernel_in_the_cache_needs_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a network: no program can be found here at all."""
    monkeypatch.setenv("PATH", str(tmp_path))
    cached(tmp_path, "6.1.0-56-cloud-amd64", image=True)
    kernel = debian.fetch("6.1-cloud", image=True, progress=silent, cache=tmp_path)
    assert kernel.image == tmp_path / "kernels/6.1.0-56-cloud-amd64/boot/vmlinuz-6.1.0-56-cloud-amd64"
    with pytest.raises(TapsmithError) as caught:
        debian.fetch("6.12-cloud", image=False, progress=silent, cache=tmp_path)
    assert caught.value.codes == ("no-apt",)


def test_offline_a_kernel_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apt is not even started."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TAPSMITH_OFFLINE", "1")
    with pytest.raises(TapsmithError) as caught:
        debian.fetch("6.1-cloud", image=False, progress=silent, cache=tmp_path)
    assert caught.value.codes == ("not-cached",)
    monkeypatch.setenv("TAPSMITH_OFFLINE", "0")
    with pytest.raises(TapsmithError) as caught:
        debian.fetch("6.1-cloud", image=False, progress=silent, cache=tmp_path)
    assert caught.value.codes == ("no-apt",)


def test_the_cache_is_where_the_user_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that make cannot take is refused before anything is fetched."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TAPSMITH_CACHE", raising=False)
    assert debian.cache_dir() == tmp_path / "tapsmith"
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "own"))
    assert debian.cache_dir() == tmp_path / "own"
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "my own"))
    with pytest.raises(TapsmithError) as caught:
        debian.cache_dir()
    assert caught.value.codes == ("bad-cache",)


def test_tools_are_added_where_the_system_lacks_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that loads and a pahole that is found stay the system's."""
    directory = cached(tmp_path, "6.12.117+deb12-cloud-amd64")
    libraries = directory / "tools/usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (directory / "tools/usr/bin").mkdir()
    (directory / "tools/usr/bin/pahole").touch()
    (libraries / "libc.so.6").touch()
    kernel = debian.installed(tmp_path)[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert kernel.environment() == {"PATH": f"{tmp_path}:{directory}/tools/usr/bin"}
    (libraries / "libnobody-has-this.so.1").touch()
    assert kernel.environment()["LD_LIBRARY_PATH"] == str(libraries)
    (tmp_path / "pahole").touch(mode=0o755)
    assert "PATH" not in kernel.environment()


def test_a_foreign_kernel_names_its_compilers_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kbuild and its identity ask for it, and it is found where it was unpacked."""
    directory = cached(tmp_path, "6.1.0-56-cloud-arm64")
    programs = directory / "tools/usr/bin"
    programs.mkdir(parents=True)
    (programs / "aarch64-linux-gnu-gcc-12").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    found = debian.find(tmp_path, "6.1-cloud-arm64", "arm64")
    assert found
    assert found.environment() == {"CROSS_COMPILE": "aarch64-linux-gnu-", "PATH": f"{tmp_path}:{programs}"}
    assert debian.find(tmp_path, "6.1-cloud") is None
    target = Target(found.release, found.headers, environment=found.environment())
    for named in ("gcc-12", "aarch64-linux-gnu-gcc-12"):
        text = f'CONFIG_CC_VERSION_TEXT="{named} (Debian 12.2.0-14) 12.2.0"\n'
        (found.headers / ".config").write_text(text)
        assert target.compiler() == "aarch64-linux-gnu-gcc-12"
    assert target.tool("ld") == "aarch64-linux-gnu-ld"
    assert package_of(target.compiler()) == "gcc-12-aarch64-linux-gnu"


# A whole fetch, with a fake apt and small packages

RELEASE = "6.1.0-56-cloud-amd64"
Fetch = Callable[[bool], debian.CachedKernel]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of small packages under the names and versions of the recorded ones."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("dpkg-deb, which builds the small packages of these tests, is not installed: no Debian")
    pool = tmp_path_factory.mktemp("pool")
    common, kbuild = "linux-headers-6.1.0-56-common", "linux-kbuild-6.1"
    makefile = f"include /usr/src/{common}/Makefile\n"
    contents = {
        f"linux-headers-{RELEASE}": {f"usr/src/linux-headers-{RELEASE}/Makefile": makefile},
        common: {f"usr/src/{common}/Makefile": "all:\n", f"usr/share/doc/{common}/copyright": ""},
        kbuild: {f"usr/lib/{kbuild}/scripts/modpost": "modpost"},
        f"linux-image-{RELEASE}": {f"boot/vmlinuz-{RELEASE}": "image", f"lib/modules/{RELEASE}/x.ko": "x"},
        "libelf1": {"usr/lib/x86_64-linux-gnu/libelf.so.1": "elf"},
    }
    for name, files in contents.items():
        version = "0.188-2.1" if name == "libelf1" else "6.1.192-2"
        tree = pool / name
        for path, text in {**files, "DEBIAN/control": control(name, version)}.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        deb = pool / f"{name}_{version}_amd64.deb"
        command = ["dpkg-deb", "-Znone", "--root-owner-group", "-b", str(tree), str(deb)]
        subprocess.run(command, check=True, capture_output=True)
    return pool


def control(name: str, version: str) -> str:
    return (
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
        "Maintainer: tests <tests@example.org>\nDescription: small\n"
    )


@pytest.fixture
def apt(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose apt answers from the recorded stanzas and copies those packages; returns its directory.

    Its `log` holds the commands that reach the network; a file `offline` makes them fail.
    """
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "stanzas").write_text(RECORDED)
    scripts = {
        "apt-config": ":",
        "apt-cache": f"""case $1 in
pkgnames) sed -n "s/^Package: \\($2.*\\)/\\1/p" {tmp_path}/stanzas ;;
show) shift
    for name; do
        awk -v RS= -v p="Package: $name\\n" 'index($0, p) == 1 {{ print $0 "\\n" }}' {tmp_path}/stanzas
    done ;;
esac""",
        "apt-get": f"""echo "$2" >> {tmp_path}/log
if [ -e {tmp_path}/offline ]; then echo "E: Could not resolve 'deb.debian.org'" >&2; exit 100; fi
[ "$2" = download ] || exit 0
shift 2
for pin; do cp {packages}/"${{pin%%=*}}"_*.deb .; done""",
    }
    for name, text in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setattr(aptroot, "KEYRING", keyring)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return tmp_path


def fetch(apt: Path, *, image: bool) -> debian.CachedKernel:
    return debian.fetch("6.1-cloud", image=image, progress=silent, cache=apt / "cache")


def network(apt: Path) -> list[str]:
    return (apt / "log").read_text().split()


def test_a_fetched_kernel_lies_complete_in_the_cache(apt: Path) -> None:
    """Headers that find their common tree, tools, and of the image package the image alone."""
    kernel = fetch(apt, image=True)
    directory = apt / "cache/kernels" / RELEASE
    files = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
    assert files == [
        f"boot/vmlinuz-{RELEASE}",
        "tools/usr/lib/x86_64-linux-gnu/libelf.so.1",
        "usr/lib/linux-kbuild-6.1/scripts/modpost",
        f"usr/src/linux-headers-{RELEASE}/Makefile",
        "usr/src/linux-headers-6.1.0-56-common/Makefile",
        "version",
    ]
    assert (kernel.headers / "Makefile").read_text() == "include ../linux-headers-6.1.0-56-common/Makefile\n"
    assert (kernel.release, kernel.version) == (RELEASE, "6.1.192-2")
    assert network(apt) == ["update", "download"]


def test_an_image_is_added_to_headers_that_are_there(apt: Path) -> None:
    """Only the image is downloaded then, and with it there is nothing left to fetch."""
    assert fetch(apt, image=False).image is None
    kernel = fetch(apt, image=True)
    assert kernel.image
    assert kernel.image.read_text() == "image"
    fetch(apt, image=True)
    assert network(apt) == ["update", "download", "download"]


def test_headers_of_an_older_revision_are_replaced_with_the_image(apt: Path) -> None:
    """The image of the new revision does not fit them."""
    kernel = fetch(apt, image=False)
    (kernel.headers.parents[2] / "version").write_text("6.1.192-1\n")
    assert fetch(apt, image=True).version == "6.1.192-2"


def test_without_network_there_is_one_error_and_no_remnant(apt: Path) -> None:
    """What is there already stays usable."""
    fetch(apt, image=False)
    (apt / "offline").touch()
    with pytest.raises(TapsmithError) as caught:
        fetch(apt, image=True)
    assert caught.value.codes == ("kernel-fetch-failed",)
    assert "Could not resolve 'deb.debian.org'" in str(caught.value)
    assert caught.value.problems[0].mend
    assert fetch(apt, image=False).image is None
    assert [p.name for p in (apt / "cache/kernels").iterdir() if p.name.endswith(".draft")] == []


def test_older_lists_are_renewed_for_a_name_they_do_not_know(apt: Path) -> None:
    """Once; then the name is unknown."""
    fetch(apt, image=False)
    with pytest.raises(TapsmithError) as caught:
        debian.fetch("6.7", image=False, progress=silent, cache=apt / "cache")
    assert caught.value.codes == ("unknown-kernel",)
    assert network(apt) == ["update", "download", "update"]


def test_a_draft_of_a_killed_fetch_is_begun_again(apt: Path) -> None:
    """Nothing of it gets into the kernel."""
    draft = apt / "cache/kernels" / f".{RELEASE}.draft"
    draft.mkdir(parents=True)
    (draft / "version").write_text("6.1.192-2\n")
    kernel = fetch(apt, image=False)
    assert (kernel.headers / "Makefile").is_file()
    assert not draft.exists()
