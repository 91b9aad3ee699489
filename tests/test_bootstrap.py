"""sconsw and its bootstrap: what is started when, what is missing, and what the user is told."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import bootstrap
import bootstrap_pip
import bootstrap_system
from bootstrap_system import StopError, System

CHECKOUT = Path(__file__).resolve().parent.parent

DEBIAN_12 = {"ID": "debian", "VERSION_ID": "12"}
UBUNTU = {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"}
FEDORA = {"ID": "fedora", "VERSION_ID": "42"}


def machine(release: Mapping[str, str], *commands: str, root: bool = False, ask: bool = False) -> System:
    """Return a system that has just the given commands."""
    return System(release, root, ask, lambda name: f"/bin/{name}" if name in commands else None)


def lacking(system: System, purpose: str) -> list[str]:
    return [need.package for need in bootstrap_system.missing(system, purpose)]


# What is needed


def test_a_build_needs_a_compiler_and_make_only() -> None:
    """No guest, no QEMU; the compiler is the one that Debian 12's kernels call."""
    assert lacking(machine(DEBIAN_12), "build") == ["gcc-12", "make"]
    assert lacking(machine(DEBIAN_12, "gcc", "make"), "build") == ["gcc-12"]
    assert lacking(machine(DEBIAN_12, "gcc-12", "make"), "build") == []


def test_elsewhere_the_systems_own_compiler_will_do() -> None:
    """Other systems build their kernels with gcc under its plain name."""
    assert lacking(machine(UBUNTU, "make"), "build") == ["gcc"]


def test_a_test_needs_what_a_guest_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """QEMU, a static busybox, a C library to link statically; Graphviz, a second shell: no cpio, no kmod."""
    monkeypatch.setattr(bootstrap_system, "has_static_libc", lambda usr: False)
    guest = ["qemu-system-x86", "busybox-static", "graphviz", "zsh", "libc6-dev"]
    assert lacking(machine(DEBIAN_12, "gcc-12", "make"), "test") == guest
    assert lacking(machine(DEBIAN_12, "gcc-12", "make", "qemu-system-x86_64"), "test") == [
        "busybox-static", "graphviz", "zsh", "libc6-dev"
    ]  # fmt: skip


def elf(*kinds: int) -> bytes:
    """Return the head of a 64-bit ELF file with program headers of these kinds."""
    size, offset = 56, 64
    head = bytearray(64)
    head[:5] = b"\x7fELF\x02"
    head[32:40], head[54:56] = offset.to_bytes(8, "little"), size.to_bytes(2, "little")
    head[56:58] = len(kinds).to_bytes(2, "little")
    return bytes(head) + b"".join(kind.to_bytes(4, "little").ljust(size, b"\0") for kind in kinds)


@pytest.mark.parametrize(
    ("content", "static"),
    [(elf(1, 1), True), (elf(6, 3, 1), False), (b"#!/bin/sh\n", False), (b"", False)],
    ids=["no loader", "asks for a loader", "script", "empty"],
)
def test_a_static_program_asks_for_no_loader(tmp_path: Path, content: bytes, static: bool) -> None:
    """A dynamic busybox would not start in a guest that has no libraries."""
    program = tmp_path / "busybox"
    program.write_bytes(content)
    assert bootstrap_system.is_static(str(program)) is static
    assert bootstrap_system.is_static(None) is False


def test_static_linking_needs_archive_and_headers(tmp_path: Path) -> None:
    """libc.a lies in a directory of the architecture on Debian, in lib64 elsewhere."""
    assert not bootstrap_system.has_static_libc(tmp_path)
    (tmp_path / "lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "lib/x86_64-linux-gnu/libc.a").touch()
    assert not bootstrap_system.has_static_libc(tmp_path)
    (tmp_path / "include").mkdir()
    (tmp_path / "include/stdio.h").touch()
    assert bootstrap_system.has_static_libc(tmp_path)


def test_os_release_values_may_be_quoted() -> None:
    """As the file's own manual has it."""
    text = '# comment\nNAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n'
    assert bootstrap_system.os_release(text) == {"NAME": "Debian GNU/Linux", **DEBIAN_12}


# What the user is told


def refusal(system: System, purpose: str = "build") -> StopError:
    with pytest.raises(StopError) as caught:
        bootstrap_system.ensure(system, purpose)
    return caught.value


def test_an_ordinary_user_gets_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sudo where there is sudo; nothing is installed."""
    monkeypatch.setattr(bootstrap_system, "has_lists", lambda: True)
    stop = refusal(machine(DEBIAN_12, "apt-get", "sudo"))
    assert str(stop) == "this machine lacks a C compiler (gcc-12), make"
    wanted = "run `sudo apt-get install -y --no-install-recommends gcc-12 make`, then run it again"
    assert stop.mend == wanted


def test_without_lists_or_sudo_the_command_is_still_one() -> None:
    """A fresh container has no package lists."""
    command = bootstrap_system.by_hand(machine(DEBIAN_12, "apt-get"), ["make"], False)
    assert command == "su -c 'apt-get update && apt-get install -y --no-install-recommends make'"


def test_other_systems_are_told_what_is_missing() -> None:
    """No command: their package names are not ours to guess."""
    stop = refusal(machine(FEDORA, "make", root=True))
    assert str(stop) == "this machine lacks a C compiler (gcc)"
    assert "apt" not in stop.mend


def test_root_at_a_terminal_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A no leaves the machine as it is."""
    monkeypatch.setattr(bootstrap_system, "has_lists", lambda: True)
    monkeypatch.setattr(bootstrap_system, "_agreed", lambda packages: False)
    stop = refusal(machine(DEBIAN_12, "apt-get", root=True, ask=True))
    assert stop.mend.startswith("run `apt-get install")


def test_a_package_without_candidate_makes_the_lists_be_fetched() -> None:
    """Recorded from `apt-cache policy make cpio nosuch` where the lists know only make."""
    policy = (
        "make:\n  Installed: (none)\n  Candidate: 4.3-4.1\n  Version table:\n     4.3-4.1 500\n"
        "cpio:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
    )
    assert bootstrap_system.without_candidate(policy, ["make", "cpio", "nosuch"]) == ["cpio", "nosuch"]


# What root gets installed, with a fake apt


@pytest.fixture
def fake_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH whose apt-get writes down its arguments, and installs by making files in `bin`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    write_program(programs / "apt-cache", "for p in \"$@\"; do printf '%s:\\n  Candidate: 1\\n' $p; done")
    write_program(
        programs / "apt-get",
        f"""echo "$*" >> {tmp_path}/log
if [ -e {tmp_path}/locked ]; then rm {tmp_path}/locked; echo 'E: Could not get lock /x' >&2; exit 100; fi
if [ -e {tmp_path}/broken ]; then echo 'E: no network' >&2; exit 100; fi
case "$*" in *install*) for p in "$@"; do : > {programs}/$p; chmod +x {programs}/$p; done ;; esac""",
    )
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(bootstrap_system, "has_lists", lambda: True)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return tmp_path


def write_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def root_with(programs: Path) -> System:
    return System(DEBIAN_12, True, False, lambda name: shutil.which(name, path=str(programs)))


def test_root_without_a_terminal_gets_what_is_missing(fake_apt: Path) -> None:
    """No more than is missing, without recommended packages, and lists that are there are used."""
    (fake_apt / "bin/make").touch(mode=0o755)
    bootstrap_system.ensure(root_with(fake_apt / "bin"), "build")
    assert (fake_apt / "log").read_text().splitlines() == [
        "-q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends gcc-12"
    ]


def test_another_apts_lock_is_waited_for(fake_apt: Path) -> None:
    """Whichever of apt's locks it is."""
    (fake_apt / "locked").touch()
    bootstrap_system.ensure(root_with(fake_apt / "bin"), "build")
    assert len((fake_apt / "log").read_text().splitlines()) == 2


def test_the_wait_for_a_lock_has_a_limit(fake_apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it the user is told who is in the way."""
    (fake_apt / "locked").touch()
    monkeypatch.setattr(bootstrap_system, "LOCK_LIMIT", -1.0)
    with pytest.raises(StopError, match="another apt kept its lock"):
        bootstrap_system._apt(["apt-get", "update"])


def test_a_failed_install_is_tried_once_more_with_new_lists(fake_apt: Path) -> None:
    """Then apt's own messages are the user's to read."""
    (fake_apt / "broken").touch()
    stop = refusal(root_with(fake_apt / "bin"))
    assert str(stop).endswith("failed")
    install, update = (fake_apt / "log").read_text().splitlines()
    assert "install" in install.split()
    assert update == "-q update"


# sconsw


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose path has a space, with a complete .venv whose python tells how it was started."""
    tree = tmp_path / "a checkout"
    (tree / ".venv/bin").mkdir(parents=True)
    (tree / "site_scons").mkdir()
    shutil.copy(CHECKOUT / "sconsw", tree)
    (tree / "site_scons/bootstrap.py").write_text("import sys\nprint('bootstrap', *sys.argv[1:])\n")
    for path in ("requirements.txt", ".venv/requirements.txt"):
        (tree / path).write_text("scons\n")
    (tree / ".venv/checked-build").touch()
    write_program(tree / ".venv/bin/python", 'echo "$PWD:" "$@"')
    return tree


def start(tree: Path, *arguments: str, path: str = os.environ["PATH"], cwd: Path | None = None) -> str:
    """Run sconsw by a relative path and return all it prints."""
    command = [os.path.relpath(tree / "sconsw", cwd or tree.parent), *arguments]
    done = subprocess.run(
        command, cwd=cwd or tree.parent, env={"PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout + (f"exit {done.returncode}\n" if done.returncode else "")


def tools(directory: Path, *names: str) -> str:
    """Return a PATH with just these of the system's tools."""
    directory.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found
        (directory / name).symlink_to(found)
    return str(directory)


def test_a_second_start_runs_scons_and_nothing_else(checkout: Path, tmp_path: Path) -> None:
    """Not even a system's Python: there is none in this PATH.  Arguments go through as they are."""
    path = tools(tmp_path / "bin", "cmp")
    assert start(checkout, "-k", "two words", path=path) == f"{checkout}: -P -m SCons -k two words\n"


def test_it_may_be_called_from_anywhere(checkout: Path, tmp_path: Path) -> None:
    """As gradlew, it runs where it lies."""
    (tmp_path / "else/where").mkdir(parents=True)
    assert start(checkout, cwd=tmp_path / "else/where") == f"{checkout}: -P -m SCons\n"


@pytest.mark.parametrize(
    ("argument", "purpose"),
    [("test", "test"), ("matrix", "test"), ("try", "test"), ("try:fileio", "test"), ("fileio", "build")],
)
def test_guests_are_prepared_for_where_asked_for(checkout: Path, argument: str, purpose: str) -> None:
    """A build is not held up by what only a guest needs."""
    lines = start(checkout, "-k", argument).splitlines()
    bootstrap_ran = [f"bootstrap {purpose}"] if purpose == "test" else []
    assert lines == [*bootstrap_ran, f"{checkout}: -P -m SCons -k {argument}"]


@pytest.mark.parametrize("change", ["other pins", "no stamp", "unchecked", "python gone"])
def test_what_is_not_complete_is_completed(checkout: Path, change: str) -> None:
    """Other pins, a .venv never finished, a system never looked at, an interpreter that went away."""
    if change == "other pins":
        (checkout / "requirements.txt").write_text("scons==5\n")
    elif change == "no stamp":
        (checkout / ".venv/requirements.txt").unlink()
    elif change == "unchecked":
        (checkout / ".venv/checked-build").unlink()
    else:
        (checkout / ".venv/bin/python").unlink()
    assert start(checkout).startswith("bootstrap build\n")


def test_a_failed_set_up_ends_the_start(checkout: Path) -> None:
    """Its exit code is sconsw's."""
    (checkout / "site_scons/bootstrap.py").write_text("raise SystemExit(1)\n")
    assert start(checkout, "test") == "exit 1\n"


def test_an_old_python_is_refused_with_the_mend(checkout: Path, tmp_path: Path) -> None:
    """One that says it is too old is as good as none."""
    (checkout / ".venv/requirements.txt").unlink()
    path = tools(tmp_path / "bin", "cmp")
    write_program(tmp_path / "bin/python3", "exit 1")
    told = start(checkout, path=path)
    assert told.startswith("sconsw: error: no Python 3.11 or newer")
    assert "mend: " in told
    assert told.endswith("exit 1\n")


# .venv, made for real, of no packages


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout that pins nothing, so that no network is needed."""
    tree = tmp_path / "bare checkout"
    tree.mkdir()
    (tree / "requirements.txt").write_text("# none\n")
    (tree / "site_scons").symlink_to(CHECKOUT / "site_scons")
    return tree


def test_a_killed_set_up_is_begun_again(bare: Path) -> None:
    """Its directory has the mark, but no copy of the requirements."""
    (bare / ".venv/lib").mkdir(parents=True)
    (bare / ".venv/lib/half").touch()
    (bare / ".venv" / bootstrap.MARK).touch()
    assert not bootstrap.is_complete(bare)
    bootstrap.make_venv(bare)
    assert bootstrap.is_complete(bare)
    assert not (bare / ".venv/lib/half").exists()
    imported = [str(bare / ".venv/bin/python"), "-c", "import tapsmith; print(tapsmith.__file__)"]
    done = subprocess.run(imported, capture_output=True, text=True, cwd="/", check=True)
    assert Path(done.stdout.strip()) == bare / "site_scons/tapsmith/__init__.py"
    assert os.access(bare / ".venv/bin/tapsmith", os.X_OK)


def test_somebody_elses_directory_is_left_alone(bare: Path) -> None:
    """A .venv without the mark may be anything."""
    (bare / ".venv").mkdir()
    (bare / ".venv/precious").touch()
    with pytest.raises(StopError, match="was not made by sconsw"):
        bootstrap.make_venv(bare)
    assert (bare / ".venv/precious").exists()


def test_two_starts_wait_for_each_other(bare: Path) -> None:
    """The second one gets the lock only when the first has let it go."""
    script = f"import bootstrap, pathlib\nwith bootstrap.alone(pathlib.Path({str(bare)!r})): print('in')"
    command = [sys.executable, "-c", script]
    with bootstrap.alone(bare):
        second = subprocess.Popen(
            command, cwd=CHECKOUT / "site_scons", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert second.stderr
        assert second.stderr.readline() == "sconsw: waiting for another sconsw to end its set-up\n"
        assert second.poll() is None
    assert second.communicate(timeout=30)[0] == "in\n"


# pip, where Python has none


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index on the loopback that serves files of the returned directory."""
    root = tmp_path / "index"
    (root / "pip").mkdir(parents=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output free of requests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///nowhere")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield root
        server.shutdown()


def serve_pip(index: Path, content: bytes) -> None:
    name = "pip-9.9-py3-none-any.whl"
    (index / "files").mkdir()
    (index / "files" / name).write_bytes(content)
    links = (f'<a href="../files/{file}#sha256=0">{file}</a>' for file in ("pip-9.8.tar.gz", name))
    (index / "pip/index.html").write_text("".join(links))


def pinned(tmp_path: Path, content: bytes) -> Path:
    requirements = tmp_path / "requirements.txt"
    digest = hashlib.sha256(content).hexdigest()
    lines = ("pip==9.9 \\", f"    --hash=sha256:{'0' * 64} \\", f"    --hash=sha256:{digest}", "    # via x")
    requirements.write_text("\n".join(lines) + "\n")
    return requirements


def test_pip_is_fetched_from_the_configured_index(index: Path, tmp_path: Path) -> None:
    """The wheel of the pinned version, with one of the pinned digests."""
    serve_pip(index, b"a wheel")
    wheel = bootstrap_pip.fetch_pip(tmp_path, pinned(tmp_path, b"a wheel"))
    assert wheel.read_bytes() == b"a wheel"


def test_a_pip_of_other_content_is_refused(index: Path, tmp_path: Path) -> None:
    """Nothing of it is kept."""
    serve_pip(index, b"an evil wheel")
    with pytest.raises(StopError, match=r"another content of pip-9\.9"):
        bootstrap_pip.fetch_pip(tmp_path, pinned(tmp_path, b"a wheel"))
    assert not list(tmp_path.glob("*.whl"))


def test_an_index_that_fails_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log may be read by others."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///nowhere")
    with pytest.raises(StopError, match=r"http://127\.0\.0\.1:9/simple: ") as caught:
        bootstrap_pip.fetch_pip(tmp_path, pinned(tmp_path, b""))
    assert "secret" not in str(caught.value)


def test_the_requirements_pin_everything_with_hashes() -> None:
    """pip itself, too; each pin is of the form that the bootstrap reads."""
    text = (CHECKOUT / "requirements.txt").read_text()
    names = [line.partition("==")[0] for line in text.splitlines() if line and line[0] not in "# "]
    assert {"pip", "scons", "pyyaml", "pytest", "mypy", "ruff", "hatchling", "pyelftools"} <= set(names)
    assert all(bootstrap_pip.read_pin(text, name).digests for name in names)


def test_local_indexes_are_left_to_pip() -> None:
    """The environment comes before pip's files, the main index before the extra ones, PyPI last."""
    configured = {"index-url": "https://a/", "extra-index-url": "file:///x https://b/"}
    assert bootstrap_pip.indexes({}, configured) == ["https://a/", "https://b/"]
    assert bootstrap_pip.indexes({"PIP_INDEX_URL": "https://c/"}, {}) == ["https://c/"]
    assert bootstrap_pip.indexes({}, {}) == [bootstrap_pip.PYPI]
