"""The guest: what comes out of it, how it ends, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith.accel import choose, kvm_works
from tapsmith.diagnostics import TapsmithError
from tapsmith.guest import GuestError, run_guest
from tapsmith.guestlog import fault, parse
from tapsmith.initramfs import GuestFile, find_busybox, pack
from tapsmith.kernel import Target
from tapsmith.qemu import Machine, command


def guests(parent: int) -> set[int]:
    """Return the guests that the process `parent` has started and that are still there."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            if int(status[1]) == parent and b"qemu-system" in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def test_output_files_and_status_are_collected(kernel: Target) -> None:
    """Output is binary safe, files come back whole, the status is the script's."""
    lines: list[str] = []
    script = "cat /data; echo; echo wrong >&2; mkdir /out/d; cp /data /out/d/copy; uname -r; exit 7"
    data = bytes(range(256))
    result = run_guest(kernel.require_image(), script, {"/data": GuestFile(data)}, on_line=lines.append)
    assert result.status == 7
    assert result.raw_output == data + b"\nwrong\n" + kernel.release.encode() + b"\n"
    assert result.files == {"d/copy": data}
    assert lines[-2:] == ["wrong", kernel.release]
    assert any(line.startswith("Linux version ") for line in result.log)


def test_several_processors(any_kernel: Target) -> None:
    """A guest has as many processors as it was given."""
    result = run_guest(any_kernel.require_image(), "nproc", machine=Machine(cpus=4))
    assert result.output == "4\n"


def test_icount_repeats_exactly(any_kernel: Target) -> None:
    """With icount two runs take the same number of guest instructions."""
    times = [
        run_guest(any_kernel.require_image(), "cat /proc/uptime", machine=Machine(icount=True)).output
        for _ in range(2)
    ]
    assert times[0] == times[1]
    assert float(times[0].split()[0]) > 0


def test_a_guest_that_hangs_is_killed(any_kernel: Target) -> None:
    """After its time a guest is told with its console, and no process is left."""
    with pytest.raises(GuestError) as caught:
        run_guest(any_kernel.require_image(), "echo started; sleep 1000", timeout_s=15)
    assert caught.value.codes == ("guest-timeout",)
    assert b"started" in caught.value.output
    assert guests(os.getpid()) == set()


def test_an_oops_is_reported(any_kernel: Target) -> None:
    """A fault of the guest's kernel ends the guest at once, and is shown."""
    with pytest.raises(GuestError) as caught:
        run_guest(any_kernel.require_image(), "echo c >/proc/sysrq-trigger; sleep 100", timeout_s=60)
    assert caught.value.codes == ("guest-oops",)
    assert "sysrq triggered crash" in str(caught.value)


def test_a_killed_runner_leaves_no_guest(any_kernel: Target) -> None:
    """When the Python that runs it dies by SIGKILL, the guest dies with it."""
    code = (
        "import sys; from pathlib import Path; from tapsmith.guest import run_guest\n"
        "run_guest(Path(sys.argv[1]), 'sleep 1000', timeout_s=100)"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", code, any_kernel.require_image()],
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
    )
    end = time.monotonic() + 20
    while not (started := guests(runner.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    assert started, "no guest was started"
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    while any(Path(f"/proc/{guest}").exists() for guest in started) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{guest}").exists() for guest in started)


def test_the_trial_of_kvm_ends(any_kernel: Target, tmp_path: Path) -> None:
    """Whether KVM works, hangs or is not there: the trial ends in its time, and its outcome is kept."""
    began = time.monotonic()
    works = kvm_works(any_kernel.require_image(), timeout_s=5)
    assert time.monotonic() - began < 15
    chosen = choose("auto", any_kernel.require_image(), tmp_path)
    assert chosen in (("kvm",) if works else ("tcg",))
    assert choose("tcg", any_kernel.require_image(), tmp_path) == "tcg"


def test_icount_wants_one_processor(tmp_path: Path) -> None:
    """What cannot repeat exactly is refused."""
    with pytest.raises(TapsmithError) as caught:
        command(Machine(cpus=2, icount=True), tmp_path, tmp_path, [])
    assert caught.value.codes == ("bad-machine",)


def test_a_missing_image_is_told(tmp_path: Path) -> None:
    """There is no guest without a kernel."""
    with pytest.raises(TapsmithError) as caught:
        run_guest(tmp_path / "vmlinuz", "true")
    assert caught.value.codes == ("missing-file",)


def test_a_missing_busybox_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing tool is named with its package."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TapsmithError) as caught:
        find_busybox()
    assert caught.value.codes == ("missing-tool",)
    assert "apt-get install busybox-static" in str(caught.value)


def test_files_modes_and_links_arrive(any_kernel: Target) -> None:
    """The guest finds its files where they were put, with their modes, and busybox's applets as links."""
    files = {"/a/b/run": GuestFile(b"#!/bin/sh\necho ran\n", 0o755), "/a/plain": GuestFile(b"x" * 5000)}
    script = "/a/b/run; wc -c </a/plain; test -x /a/plain || echo plain; readlink /bin/ls"
    result = run_guest(any_kernel.require_image(), script, files)
    assert result.output == "ran\n5000\nplain\nbusybox\n"


def test_the_archive_depends_on_nothing_else() -> None:
    """The same files give the same bytes, in whatever order they are named."""
    one, two = GuestFile(b"1"), GuestFile(b"2", 0o755)
    assert pack({"/a": one, "/b": two}, {"l": "a"}) == pack({"/b": two, "/a": one}, {"l": "a"})


def test_the_log_loses_its_stamps() -> None:
    """A raw log becomes lines, warnings and faults; one without its first line is not whole."""
    log = parse(
        "<5>[    0.000000] Linux version 6.1\n<4>[    1.5] WARNING: CPU: 0\n<6>[    2.0] mine: hello\n"
    )
    assert log.lines == ("Linux version 6.1", "WARNING: CPU: 0", "mine: hello")
    assert log.whole
    assert log.warnings == ("WARNING: CPU: 0",)
    assert fault(log.lines) == ()
    assert fault(["x", "BUG: kernel NULL pointer dereference", "y"]) == (
        "BUG: kernel NULL pointer dereference",
        "y",
    )
    assert not parse("<6>[    2.0] mine: hello\n").whole
