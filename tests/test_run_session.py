"""A run, its end, and what stays behind, with a kernel that is none."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from run_stub import MODULE, Kernel, record
from scons_project import ROOT
from tapsmith.diagnostics import TapsmithError
from tapsmith.running import claims, outcome, session
from tapsmith.running.main import parse_duration, parse_parameters
from tapsmith.running.session import Wish, run
from tapsmith.running.writers import CsvWriter, JsonWriter, TextWriter

SCHEMA = json.loads((ROOT / "docs/schema/run.json").read_text(encoding="utf-8"))
LOST = (
    "lost 3 new elements of map 1 (p.c:7), all 2 were in use; "
    "raise ROOM in probe.yaml (now 2; 5 would have sufficed)"
)
CLAIM = "run/tapsmith/one.json"


@pytest.fixture
def stub(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def run_json(stub: Kernel, wish: Wish) -> tuple[int, list[dict[str, Any]]]:
    """Run the module, and return status and events, each of which the schema allows."""
    out = io.StringIO()
    status = run(MODULE, wish, stub.place, JsonWriter(out))
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    for event in events:
        jsonschema.validate(event, SCHEMA)
    return status, events


def run_text(stub: Kernel, wish: Wish) -> tuple[int, str, str]:
    """Run the module, and return status, its output and the notes."""
    out, notes = io.StringIO(), io.StringIO()
    status = run(MODULE, wish, stub.place, TextWriter(out, notes, MODULE.parameters))
    return status, out.getvalue(), notes.getvalue()


def test_a_run_of_a_time(stub: Kernel) -> None:
    """Loads with parameters, tells lines and rows, unloads, and leaves nothing behind."""
    stub.says, stub.last = ["begun", "!other: x"], ["cat: 4 hits"]
    status, events = run_json(stub, Wish({"ROOM": "5"}, duration_s=0.05))
    assert stub.calls == ["load one.ko ROOM=5", "unload one"]
    assert status == outcome.ENDED
    assert [event["type"] for event in events] == ["start", "line", "row", "end"]
    assert (events[0]["parameters"], events[1]["text"]) == ({"ROOM": "5"}, "begun")
    assert events[2]["fields"] == {"key1": "cat", "value": 4}
    assert (events[3]["reason"], events[3]["lost"]) == ("time", 0)
    assert not (stub.system.root / CLAIM).exists()


def test_text_is_what_the_module_said(stub: Kernel) -> None:
    """Without its name in front; what is about it goes to the other stream, the ledger at the end."""
    stub.says, stub.last = ["begun"], ["cat: 4 hits", LOST]
    status, out, notes = run_text(stub, Wish(duration_s=0))
    assert (status, out) == (outcome.LOST, "begun\ncat: 4 hits\n")
    assert notes.splitlines() == [
        "tapsmith: one is loaded",
        "tapsmith: lost:",
        "tapsmith:   3 refused  new elements of map 1 (p.c:7): all 2 were in use",
        "tapsmith:              --param ROOM=5 would have sufficed",
    ]


def test_csv_has_the_same_columns_for_each(stub: Kernel) -> None:
    """Rows, lines, losses and the end are told apart by their first column."""
    stub.says, stub.last = ['say "x"'], ["cat: 4 hits", LOST]
    out = io.StringIO()
    run(MODULE, Wish(duration_s=0), stub.place, CsvWriter(out))
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("type,time,cpu,text,key1,key2,value,count,")
    assert lines[1] == 'line,0.0,,"say ""x""",,,,,,,,,,,,,,,,,'
    assert lines[2].startswith("row,1.0,,cat: 4 hits,cat,,4,")
    assert lines[3].startswith("loss,,,new elements of map 1 (p.c:7),,,,3,")
    assert lines[3].endswith(",refused,all 2 were in use,,ROOM,2,5")
    assert lines[4].startswith("end,,,time,,,121,3,")
    assert len({line.count(",") for line in lines}) == 1


@pytest.mark.parametrize(("command", "status"), [("true", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_command_s_end_is_the_run_s(stub: Kernel, command: str, status: int) -> None:
    """Its status is the run's; it is begun when the module is there."""
    ready = stub.system.root / "sys/module/one/refcnt"
    found, events = run_json(stub, Wish(command=f"test -e {ready} || exit 9; {command}", quiet=True))
    assert found == status
    assert (events[-1]["reason"], events[-1]["command"]) == ("command", status)


def test_a_command_that_goes_on_is_ended(stub: Kernel) -> None:
    """All of it, once the module is gone."""
    mark = stub.system.root / "mark"
    command = f"trap 'echo ended >{mark}; exit' TERM; sleep 50 & wait"
    # The shell has to have come to its trap.
    stub.says = ["begun"]
    status, events = run_json(stub, Wish(command=command, duration_s=0.5, quiet=True))
    assert (status, events[-1]["reason"], events[-1]["command"]) == (0, "time", None)
    assert mark.read_text(encoding="ascii") == "ended\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(stub: Kernel, number: signal.Signals) -> None:
    """In the ordinary way, with the last lines and a status of 0; the handlers are then as before."""
    before = signal.getsignal(number)
    stub.on_load = lambda: os.kill(os.getpid(), number)
    stub.last = ["cat: 4 hits"]
    status, events = run_json(stub, Wish())
    assert (status, events[-1]["reason"]) == (0, "signal")
    assert [event["type"] for event in events] == ["start", "row", "end"]
    assert signal.getsignal(number) is before


def test_the_module_s_own_wish_ends_it(stub: Kernel) -> None:
    """It is told why, and by a status of its own."""

    def ask() -> None:
        (stub.system.root / "sys/module/one/parameters").mkdir()
        (stub.system.root / "sys/module/one/parameters/tapsmith_state").write_text(
            "unload\n", encoding="ascii"
        )

    stub.on_load, stub.says = ask, ["asks to be unloaded: a map is full"]
    stub.last = [LOST]
    status, events = run_json(stub, Wish())
    assert (status, events[-1]["reason"]) == (outcome.ASKED, "module")
    assert (events[-1]["asked"], events[-1]["lost"]) == ("a map is full", 3)


def test_a_module_that_is_gone_ends_it(stub: Kernel) -> None:
    """Somebody else unloaded it; that is told, and is no failure."""
    stub.on_load = lambda: stub.unload("one")
    calls = stub.unload

    def unload(name: str) -> None:
        if not stub.system.is_loaded(name):
            raise FileNotFoundError(errno.ENOENT, "gone")
        calls(name)

    stub.unload = unload  # type: ignore[method-assign]
    status, events = run_json(stub, Wish())
    assert (status, events[-1]["reason"]) == (0, "gone")


def test_a_module_that_is_held_is_unloaded_when_it_can_be(stub: Kernel) -> None:
    """It is tried again for some time."""
    stub.held = 3
    assert run_json(stub, Wish(duration_s=0))[0] == 0
    assert stub.calls == ["load one.ko", *["unload one"] * 4]


def test_a_module_that_stays_held_is_told(stub: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its claim stays, so that it can be stopped later."""
    monkeypatch.setattr(session, "PATIENCE_S", 0.01)
    stub.held = 1000
    with pytest.raises(TapsmithError) as caught:
        run_json(stub, Wish(duration_s=0))
    assert caught.value.codes == ("unload-failed",)
    assert [one.claim.module for one in claims.loaded(stub.system)] == ["one"]


def test_a_reader_that_goes_away_ends_it(stub: Kernel) -> None:
    """A pipe that is closed, a disk that is full: the module is unloaded all the same."""

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    assert run(MODULE, Wish(), stub.place, JsonWriter(Closed())) == outcome.READER_GONE
    with pytest.raises(TapsmithError, match="No space") as caught:
        run(MODULE, Wish(), stub.place, JsonWriter(Full()))
    assert caught.value.codes == ("cannot-write",)
    assert stub.calls == ["load one.ko", "unload one"] * 2


def test_lines_that_the_log_lost_are_counted(stub: Kernel) -> None:
    """What was overwritten before it was read is a loss as any other; the kernel's complaints are shown."""
    stub.says = ["begun", "!WARNING: CPU: 0 PID: 1"]

    def lose() -> None:
        stub.skip(5)
        stub.log(["later"])

    stub.on_load = lose
    status, events = run_json(stub, Wish(duration_s=0))
    assert status == outcome.LOST
    assert [event["type"] for event in events] == ["start", "line", "kernel", "line", "loss", "end"]
    assert (events[4]["count"], events[4]["kind"]) == (5, "dropped")


def test_records_come_in_order_of_time(stub: Kernel) -> None:
    """Of all CPUs, lines as the log's; arguments are apart, and what was dropped is told for each CPU."""
    text = b"\3\0\0\0cat\0" + (7).to_bytes(8, "little")
    records = [record(3000, 1, 0, b"dog: 5 hits"), record(2000, 0, 1, text), record(4000, 0, 0, b"done")]
    stub.give_buffers(records, "1\t6\trecords, the buffer was full\tTRANSPORT_BUFFER\t4\n")
    status, events = run_json(stub, Wish(duration_s=0.3))
    assert [event["type"] for event in events] == ["start", "record", "row", "line", "loss", "end"]
    assert events[1] == {"type": "record", "time": 2e-06, "cpu": 0, "format": "%s %d\n",
                         "arguments": ["cat", 7], "text": "cat 7"}  # fmt: skip
    assert events[2]["fields"] == {"key1": "dog", "value": 5}
    assert (events[3]["text"], events[3]["cpu"]) == ("done", 0)
    assert (events[4]["count"], events[4]["cpu"], events[4]["kind"]) == (6, 1, "dropped")
    assert (status, events[-1]["lost"]) == (outcome.LOST, 6)


def test_records_that_are_damaged_end_it(stub: Kernel) -> None:
    """The module is unloaded, and that is told."""
    stub.give_buffers([record(1, 0, 9, b"of no format")], "")
    with pytest.raises(TapsmithError) as caught:
        run_json(stub, Wish())
    assert caught.value.codes == ("bad-records",)
    assert stub.calls == ["load one.ko", "unload one"]


def test_what_the_kernel_refuses_is_told_with_its_words(stub: Kernel) -> None:
    """Its number becomes a mend, and nothing is claimed."""
    stub.refusal, stub.says = errno.EKEYREJECTED, ["!Loading of module with unavailable key is rejected"]
    with pytest.raises(TapsmithError) as caught:
        run_json(stub, Wish())
    problem = caught.value.problems[0]
    assert (problem.code, problem.detail) == (
        "load-failed",
        "Loading of module with unavailable key is rejected",
    )
    assert "mokutil --import" in (problem.mend or "")
    assert not (stub.system.root / CLAIM).exists()


def test_options_are_read() -> None:
    """Durations have units, parameters names; what is neither is refused."""
    assert [parse_duration(text) for text in ("500ms", "10s", "2m", "1h", "1.5")] == [0.5, 10, 120, 3600, 1.5]
    assert parse_parameters(["A=1", "B=x=y"]) == {"A": "1", "B": "x=y"}
    for wrong in ("10 s", "-1s", "1d", ""):
        with pytest.raises(TapsmithError, match="no duration"):
            parse_duration(wrong)
    with pytest.raises(TapsmithError, match="NAME=VALUE"):
        parse_parameters(["A"])
