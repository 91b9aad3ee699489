"""The tools among the probes: they say what bpftrace or /proc says of the same workload.

What each says is compared with its expected.txt in test_probes.py, on each kernel.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from batch import Batch, run_probes
from conftest import Modules
from hitcost import bpftrace
from scons_project import ROOT
from tapsmith.initramfs import GuestFile
from tapsmith.kernelcache import cache_dir
from tapsmith.qemu import Machine

pytestmark = pytest.mark.one_kernel  # Their account is the same on all, and bpftrace takes long to start.

TOOLS = sorted(file.parent for file in (ROOT / "probes").glob("*/README.md"))
_BEFORE = """\
bpftrace /peers.bt >/out/peers 2>&1 &
until grep -q ready /out/peers; do usleep 50000; done
"""
_AFTER = "kill -INT $!; wait $!\n"


@pytest.fixture(scope="module")
def batch(modules: Modules, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """All tools under their workloads, with bpftrace beside them."""
    peer = bpftrace.load(cache_dir(), {}, print)
    files = {**peer.files, "/peers.bt": GuestFile(Path(__file__).with_name("peers.bt"))}
    scratch = tmp_path_factory.mktemp("tools")
    machine = Machine(memory_mib=2048)
    return run_probes(modules, TOOLS, scratch, before=_BEFORE, after=_AFTER, files=files, machine=machine)


def said(batch: Batch, tool: str) -> list[str]:
    """Return the lines of a tool without its name and its heading."""
    return [line.removeprefix(f"{tool}: ") for line in batch.trials[tool].messages[1:]]


def peer(batch: Batch) -> str:
    """Return what bpftrace wrote."""
    return batch.guest.files["peers"].decode()


def records(batch: Batch, tool: str) -> list[str]:
    """Return the records of bpftrace for a tool."""
    return re.findall(rf"^{tool} (.*?);$", peer(batch), re.MULTILINE | re.DOTALL)


def counts(batch: Batch, tool: str) -> dict[str, str]:
    """Return the map of bpftrace for a tool."""
    return dict(re.findall(rf"^@{tool}\[(.*)\]: (.*)$", peer(batch), re.MULTILINE))


@pytest.mark.parametrize("tool", [directory.name for directory in TOOLS])
def test_the_readme_shows_what_the_tool_says(batch: Batch, tool: str) -> None:
    """Each line is one of the tool's, but for numbers and the width of columns; bars are left out."""
    text = (ROOT / "probes" / tool / "README.md").read_text(encoding="utf-8")
    shown = [
        line.strip() for line in text.splitlines() if line.startswith(f"    {tool}: ") and "|" not in line
    ]
    found = {_shape(line) for line in batch.trials[tool].messages}
    assert shown
    assert [line for line in shown if _shape(line) not in found] == []


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))


@pytest.mark.parametrize("directory", TOOLS, ids=lambda directory: str(directory.name))
def test_the_readme_names_the_parameters(directory: Path, modules: Modules) -> None:
    """Each parameter in its table or in a command is one of the module's."""
    text = (directory / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)))
    command = re.findall(r" (\w+)=", "".join(re.findall(rf"`insmod {directory.name}.ko.*?`", text)))
    known = re.findall(rb"(?<=\0)parmtype=(\w+):", modules.path(directory.name).read_bytes())
    assert command
    assert {*table, *command} <= {name.decode() for name in known}


def test_opensnoop(batch: Batch) -> None:
    """Process, descriptor or error and path of each open are those of the system calls' tracepoints."""
    lines = [re.fullmatch(r"(\d+) +opener +(-?\d+) +(\d+) (.*)", line) for line in said(batch, "opensnoop")]
    found = [f"{line[1]} {-int(line[3]) or line[2]} {line[4]}".replace(r"\n", "\n") for line in lines if line]
    assert found == records(batch, "opensnoop")
    assert len(found) == 9


def test_execsnoop(batch: Batch) -> None:
    """Name, process and result of each exec are those of the system calls' tracepoints."""
    lines = [re.fullmatch(r"(\S+) +(\d+) +\d+ +(-?\d+) .*", line) for line in said(batch, "execsnoop")]
    found = [f"{line[1]} {line[2]} {line[3]}" for line in lines if line]
    assert found == records(batch, "execsnoop")
    assert len(found) == 5


def test_syscount(batch: Batch) -> None:
    """Each call is counted as often as bpftrace counts it."""
    numbers = counts(batch, "syscount")
    lines = [line.rsplit(maxsplit=1) for line in said(batch, "syscount")]
    assert Counter(count for _, count in lines) == Counter(numbers.values())
    named = dict(map(tuple, lines))
    assert (named["getppid"], named["sched_yield"]) == (numbers["110"], numbers["24"]) == ("1000", "300")


def test_funccount(batch: Batch) -> None:
    """Each function is counted as often as bpftrace counts it."""
    lines = [line.split() for line in said(batch, "funccount")]
    assert {f"kprobe:{name}": count for name, count in lines if count != "0"} == counts(batch, "funccount")


def test_funclatency(batch: Batch) -> None:
    """Just the calls that bpftrace times are timed, and none shorter than it slept."""
    [title] = [line for line in batch.trials["funclatency"].messages if "count" in line]
    figures = dict(re.findall(r"(\w+) (\d+)", title))
    theirs = dict(re.findall(r"(\w+) (\d+)", counts(batch, "funclatency")["napper"]))
    assert figures["count"] == theirs["count"] == "30"
    assert int(figures["min"]) >= 2_000_000


def test_killsnoop(batch: Batch) -> None:
    """Sender, signal, target and result of each call are those of the system calls' tracepoints."""
    lines = [re.fullmatch(r"(\d+) +killer +(.*)", line) for line in said(batch, "killsnoop")]
    assert [" ".join([line[1], *line[2].split()]) for line in lines if line] == records(batch, "killsnoop")
    assert len(lines) == 7
