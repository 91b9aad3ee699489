"""Transport by buffers, in a kernel: what is read and what is told to be lost is all there was, untorn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from conftest import Modules
from tapsmith.formats import read_formats
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.qemu import Machine
from tapsmith.records import Record, decode

NAME = "test_buffers"
FILES = f"/proc/tapsmith-{NAME}"
SENT = re.compile(r"sent (\d+) by threads, (\d+) by NMIs")
STEP = 1_000_000
ALL_ONES = (1 << 32) - 1
LOAD = f"""\
echo 10000000000 >/sys/kernel/debug/x86/nmi_longest_ns
insmod /m.ko {{parameters}} || exit 1
[ -e {FILES}/records ] || exit 1
"""
RUN = "echo {count} >/sys/module/test_buffers/parameters/go\n"
READ = f"""\
(
	exec 3<{FILES}/records
	{{reader}} <&3 >/out/records
	cat {FILES}/state >/out/state
	cat {FILES}/losses >/out/losses
) &
until [ -e /out/records ]; do usleep 1000; done
"""
UNLOAD = f"rmmod {NAME} || exit 1; wait; [ ! -e {FILES} ]\n"
SLOW = "while dd bs=4096 count=1 of=/piece 2>/dev/null; [ -s /piece ]; do cat /piece; usleep 20000; done"


def run(modules: Modules, script: str, **parameters: int) -> GuestResult:
    """Run a script with the module loaded, on two CPUs."""
    given = " ".join(f"{name}={value}" for name, value in parameters.items())
    files = {"/m.ko": GuestFile(modules.path(NAME))}
    text = LOAD.format(parameters=given) + script
    result = run_guest(modules.target.require_image(), text, files, machine=Machine(cpus=2), timeout_s=120)
    assert result.status == 0, result.output
    assert result.warnings == ()
    return result


@dataclass(frozen=True)
class Reading:
    """What a reader got, and what it was told to be lost on each CPU."""

    records: tuple[Record, ...]
    lost: dict[str, int]
    result: GuestResult

    def sent(self) -> int:
        """Return how many records the module says that it sent; the line that says it is one, too."""
        [found] = [found for record in self.records if (found := SENT.fullmatch(record.text))]
        return int(found[1]) + int(found[2]) + 1


def read(modules: Modules, reader: str, count: int, **parameters: int) -> Reading:
    """Have records sent while a reader reads, and unload under it."""
    result = run(modules, READ.format(reader=reader) + RUN.format(count=count) + UNLOAD, **parameters)
    assert result.files["state"] == b"stopping\n"
    lost = {}
    for line in result.files["losses"].decode().splitlines():
        cpu, many, what, macro, now = line.split("\t")
        assert what == "records, the buffer was full"
        assert (macro, now) == ("TRANSPORT_BUFFER", str(parameters.get("TRANSPORT_BUFFER", 4)))
        lost[cpu] = int(many)
    formats = read_formats(modules.path(NAME).read_bytes())
    return Reading(decode(result.files["records"], formats), lost, result)


def numbers(records: tuple[Record, ...], cpu: int, sender: str) -> Iterator[int]:
    """Yield the numbers of a CPU's records from threads (`thread`) or NMIs; each must be whole."""
    for record in records:
        if SENT.fullmatch(record.text):
            continue
        name, number, inverted = record.text.split()
        kind = "nmi" if name == "nmi" else "thread"
        assert int(number) ^ int(inverted) == ALL_ONES, record
        assert name in ("nmi", "text", f"tapsmith/{record.cpu}"), record
        if (record.cpu, kind) == (cpu, sender):
            yield int(number)


def check(reading: Reading) -> None:
    """Check that nothing is torn, doubled, out of order, or lost without being told."""
    for cpu in (0, 1):
        for sender in ("thread", "nmi"):
            found = list(numbers(reading.records, cpu, sender))
            assert all(a < b for a, b in pairwise(found))
        times = [record.nanoseconds for record in reading.records if record.cpu == cpu]
        # The clock that an NMI may read steps back by some microseconds where the kernel corrects it.
        assert all(a - b < STEP for a, b in pairwise(times))
    assert len(reading.records) + sum(reading.lost.values()) == reading.sent()


def test_what_is_read_and_what_is_dropped_is_all(modules: Modules) -> None:
    """A small buffer, a slow reader, threads and NMIs on two CPUs: whole records are lost, each counted."""
    reading = read(modules, SLOW, 20000)
    check(reading)
    assert reading.lost.keys() == {"0", "1"}
    assert min(reading.lost.values()) > 100
    kinds = {record.format for record in reading.records}
    assert len(kinds) >= 2
    assert 0 in kinds


def test_nothing_is_lost_in_a_large_buffer(modules: Modules) -> None:
    """With room for all there is no loss, and every number of each thread arrives."""
    reading = read(modules, "cat", 3000, TRANSPORT_BUFFER=4096)
    check(reading)
    assert reading.lost == {}
    for cpu in (0, 1):
        assert list(numbers(reading.records, cpu, "thread")) == list(range(3000))
    assert [line for line in reading.result.log if line.startswith(f"{NAME}: lost")] == []


def test_a_reader_that_does_nothing_is_given_up(modules: Modules) -> None:
    """It holds the file open and does not read: the module goes all the same, and the log tells the loss."""
    script = f"sleep 100 <{FILES}/records &\nheld=$!\nusleep 100000\n" + RUN.format(count=100)
    result = run(modules, f"{script}rmmod {NAME} || exit 1\n[ ! -e {FILES} ] && kill $held")
    assert any(re.match(rf"{NAME}: lost \d+ records, nobody read them", line) for line in result.log)


def test_one_reader_at_a_time_and_root_alone(modules: Modules) -> None:
    """A second one is told that the file is busy; directory and files are closed to others."""
    script = (
        f"sleep 100 <{FILES}/records &\nheld=$!\nusleep 100000\n"
        f"cat {FILES}/records; kill $held; wait; ls -ld {FILES} {FILES}/*\n"
        f"cat {FILES}/state; cat {FILES}/losses; {UNLOAD}"
    )
    lines = run(modules, script).output.splitlines()
    assert "resource busy" in lines[0].lower()
    listed = [line.split()[0] for line in lines if line[:2] in ("dr", "-r")]
    assert listed == ["dr-x------", "-r--------", "-r--------", "-r--------"]
    assert lines[-1] == "running"


@pytest.mark.parametrize("reader", ["cat", "sleep 1"])
def test_the_last_lines_are_the_reader_s_or_the_log_s(modules: Modules, reader: str) -> None:
    """While somebody reads they are records; without a reader they go to the kernel log."""
    script = f"{reader} <{FILES}/records >/out/records &\nusleep 100000\n"
    if reader != "cat":
        script += "kill $!; wait\n"
    result = run(modules, script + UNLOAD)
    in_log = f"{NAME}: sent 0 by threads, 0 by NMIs" in result.log
    assert in_log == (reader != "cat")
    assert (b"sent 0 by threads" in result.files["records"]) == (reader == "cat")
