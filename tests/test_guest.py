"""The guest: what comes out of it, how it ends, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from scons_project import ROOT
from tapsmith import qemu
from tapsmith.accel import choose, kvm_works
from tapsmith.diagnostics import TapsmithError
from tapsmith.guest import GuestError, run_guest
from tapsmith.guestlog import Fault, fault, parse, since_boot
from tapsmith.initramfs import GuestFile, find_busybox, pack
from tapsmith.kernel import Target
from tapsmith.qemu import Machine, command


def guests(scratch: Path) -> set[int]:
    """Return the processes of QEMU whose files lie below `scratch`: other guests may run on this machine."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        # Not setpriv, which becomes QEMU: until then it does not die with its parent.
        if b"qemu-system" in words[0] and any(os.fsencode(scratch) in word for word in words):
            found.add(int(entry.parent.name))
    return found


def ended(scratch: Path, timeout_s: float = 10) -> bool:
    """Wait until no guest runs below `scratch`, and tell whether that came in time."""
    end = time.monotonic() + timeout_s
    while guests(scratch) and time.monotonic() < end:
        time.sleep(0.05)
    return not guests(scratch)


def check_none_left(image: Path, scratch: Path, ending: signal.Signals) -> None:
    """End a Python that runs a guest, and assert that the guest ends, too."""
    code = (
        "import sys; from pathlib import Path; from tapsmith.guest import run_guest\n"
        "run_guest(Path(sys.argv[1]), 'sleep 1000', timeout_s=100)"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", code, image],
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons"), "TMPDIR": str(scratch)},
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 20
    while not guests(scratch) and time.monotonic() < end:
        time.sleep(0.05)
    assert guests(scratch), "no guest was started"
    runner.send_signal(ending)
    runner.wait()
    assert ended(scratch)


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


def test_a_guest_that_hangs_is_killed(
    any_kernel: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time a guest is told with its output, and no process is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[set[int]] = []
    with pytest.raises(GuestError) as caught:
        run_guest(any_kernel.require_image(), "echo started; sleep 1000", timeout_s=15,
                  on_line=lambda _: seen.append(guests(tmp_path)))  # fmt: skip
    assert caught.value.codes == ("guest-timeout",)
    assert caught.value.output == b"started\n"
    assert [len(found) for found in seen] == [1]
    assert not guests(tmp_path)
    assert not any(tmp_path.iterdir())


def test_an_oops_is_reported(any_kernel: Target) -> None:
    """A fault of the guest's kernel ends the guest at once, and is shown."""
    with pytest.raises(GuestError) as caught:
        run_guest(any_kernel.require_image(), "echo c >/proc/sysrq-trigger; sleep 100", timeout_s=60)
    assert caught.value.codes == ("guest-oops",)
    assert "sysrq triggered crash" in str(caught.value)


def test_an_oops_is_shown_with_the_lines_before_it(any_kernel: Target) -> None:
    """What the quiet console left out, such as a module's own lines, is shown with the fault."""
    script = "echo mine: about to fail >/dev/kmsg; echo c >/proc/sysrq-trigger; sleep 100"
    with pytest.raises(GuestError) as caught:
        run_guest(any_kernel.require_image(), script)
    excerpt = "\n".join(caught.value.excerpt)
    assert excerpt.index("mine: about to fail") < excerpt.index("Kernel panic")
    assert "BIOS-e820" not in excerpt


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_runner_leaves_no_guest(
    any_kernel: Target, tmp_path: Path, ending: signal.Signals
) -> None:
    """Neither an end from outside nor Ctrl-C leaves a guest behind."""
    check_none_left(any_kernel.require_image(), tmp_path, ending)


def test_a_killed_runner_leaves_no_guest(any_kernel: Target, tmp_path: Path) -> None:
    """When the Python that runs it dies by SIGKILL, the guest dies with it."""
    check_none_left(any_kernel.require_image(), tmp_path, signal.SIGKILL)


def test_the_trial_of_kvm_ends(any_kernel: Target, tmp_path: Path) -> None:
    """Whether KVM works, hangs or is not there: the trial ends in its time, and its outcome is kept."""
    began = time.monotonic()
    works = kvm_works(any_kernel.require_image(), timeout_s=5)
    assert time.monotonic() - began < 15
    chosen = choose("auto", any_kernel.require_image(), tmp_path)
    assert chosen in (("kvm",) if works else ("tcg",))
    assert choose("tcg", any_kernel.require_image(), tmp_path) == "tcg"


def test_a_machine_without_qemu_says_nothing_of_kvm(
    any_kernel: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing tool is told, not kept as a KVM that fails."""
    monkeypatch.setattr("tapsmith.accel._KVM", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TapsmithError) as caught:
        choose("auto", any_kernel.require_image(), tmp_path / "cache")
    assert caught.value.codes == ("missing-tool",)
    assert not (tmp_path / "cache").exists()


def test_the_outcome_of_the_trial_is_kept(
    any_kernel: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one trial for each boot of the host."""
    trials: list[Path] = []

    def works(image: Path) -> bool:
        trials.append(image)
        return True

    monkeypatch.setattr("tapsmith.accel._KVM", tmp_path)
    monkeypatch.setattr("tapsmith.accel.kvm_works", works)
    assert [choose("auto", any_kernel.require_image(), tmp_path) for _ in range(2)] == ["kvm", "kvm"]
    assert len(trials) == 1


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
    assert fault(log.lines) is None
    assert not parse("<6>[    2.0] mine: hello\n").whole


def test_a_fault_is_shown_with_what_led_to_it() -> None:
    """The log that a panic repeats is what counts; a guest that is only slow has no fault."""
    first, broken = "Linux version 6.1", "BUG: kernel NULL pointer dereference"
    console = [broken, "RIP", first, "mine: about to fail", broken, "RIP", "end"]
    found = fault(since_boot(console), before=1, after=2)
    assert found == Fault(broken, ("mine: about to fail", broken, "RIP"))
    assert since_boot(["no log", "was repeated"]) == ("no log", "was repeated")
    assert fault(["watchdog: BUG: soft lockup - CPU#0 stuck for 22s!"]) is None


def test_a_kernel_that_crashes_as_it_boots_is_booted_again(
    any_kernel: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours has run then; one that always does is reported."""
    boots: list[Path] = []
    boot = qemu.run

    def crash(words: Sequence[str], errors: Path, timeout_s: float, tick: qemu.Tick | None) -> int | None:
        boots.append(errors)
        (errors.parent / "console").write_text("Oops: int3: 0000 [#1] PREEMPT SMP NOPTI\n", encoding="utf-8")
        return 0

    def crash_once(
        words: Sequence[str], errors: Path, timeout_s: float, tick: qemu.Tick | None
    ) -> int | None:
        return (boot if boots else crash)(words, errors, timeout_s, tick)

    image = any_kernel.require_image()
    monkeypatch.setattr(qemu, "run", crash_once)
    assert run_guest(image, "echo there").output == "there\n"
    assert len(boots) == 1
    monkeypatch.setattr(qemu, "run", crash)
    with pytest.raises(GuestError, match="int3") as caught:
        run_guest(image, "echo there")
    assert caught.value.codes == ("guest-oops",)
    assert len(boots) == 4
