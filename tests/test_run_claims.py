"""Which runner has which module: what killed ones leave, what is running, and its end from outside."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from run_stub import MODULE, Kernel, module
from scons_project import ROOT
from tapsmith.diagnostics import TapsmithError
from tapsmith.running import claims, outcome
from tapsmith.running.main import listing
from tapsmith.running.session import Wish
from tapsmith.running.stopping import stop
from tapsmith.running.writers import JsonWriter, TextWriter
from test_run_session import CLAIM, LOST, run_json

# A process that has a claim, as a runner has, until it is killed.
HOLDER = """\
import sys, time
from pathlib import Path
from tapsmith.running.claims import Claim, take
from tapsmith.running.system import System
held = take(System(Path(sys.argv[1])), "one")
held.write(Claim("one", __import__("os").getpid(), 1.0, "/nowhere/one.ko"))
print("held", flush=True)
time.sleep(100)
"""


@pytest.fixture
def stub(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


def test_what_a_killed_runner_left_is_unloaded_first(stub: Kernel) -> None:
    """The next run says so, and what the other module said is not its own."""
    kill_holder(stub)
    stub.last, stub.says = ["of the other run"], ["begun"]
    assert "1970" in listing(claims.loaded(stub.system), False)
    before = claims.loaded(stub.system)[0]
    assert not before.alive
    stub.on_load = lambda: stub.last.clear()
    status, events = run_json(stub, Wish(duration_s=0))
    assert stub.calls == ["unload one", "load one.ko", "unload one"]
    assert (status, events[0]["replaced"]) == (0, before.claim.pid)
    assert [event.get("text") for event in events] == [None, "begun", None]


def test_what_is_running_is_left_alone(stub: Kernel) -> None:
    """A second runner is refused, `list` shows the first, and what nobody claims is not touched either."""
    holder = hold(stub)
    with pytest.raises(TapsmithError) as caught:
        run_json(stub, Wish())
    assert caught.value.codes == ("already-running",)
    assert f"process {holder.pid}" in str(caught.value)
    (listed,) = json.loads(listing(claims.loaded(stub.system), True))["modules"]
    assert listed == {"module": "one", "pid": holder.pid, "since": 1.0, "path": "/nowhere/one.ko",
                      "alive": True, "references": 0, "state": "running"}  # fmt: skip
    holder.kill()
    holder.wait()
    (stub.system.root / CLAIM).unlink()
    with pytest.raises(TapsmithError) as caught:
        run_json(stub, Wish())
    assert caught.value.codes == ("already-loaded",)
    assert stub.calls == []


def test_stop_unloads_what_a_killed_runner_left(stub: Kernel) -> None:
    """With its last lines and the ledger; then nothing is loaded."""
    kill_holder(stub)
    stub.last = ["cat: 4 hits", LOST]
    out, notes = io.StringIO(), io.StringIO()
    assert stop("one", None, stub.place, TextWriter(out, notes, ())) == outcome.LOST
    assert out.getvalue() == "cat: 4 hits\n"
    assert "raise ROOM in probe.yaml (now 2, 5 would have sufficed)" in notes.getvalue()
    assert claims.loaded(stub.system) == ()
    with pytest.raises(TapsmithError) as caught:
        stop("one", None, stub.place, TextWriter(out, notes, ()))
    assert caught.value.codes == ("not-loaded",)


def test_stop_ends_a_runner_that_lives(stub: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a signal; one that does not unload its module is told."""
    holder = hold(stub)
    with pytest.raises(TapsmithError) as caught:
        stop("one", None, stub.place, JsonWriter(io.StringIO()))
    assert holder.wait() == -signal.SIGTERM
    assert caught.value.codes == ("unload-failed",)


def test_stop_takes_no_module_of_others(stub: Kernel) -> None:
    """Unless its build ID shows that it was loaded from a file of ours."""
    stub.put_in("one")
    writer = JsonWriter(io.StringIO())
    note = stub.system.root / "sys/module/one/notes/.note.gnu.build-id"
    note.parent.mkdir()
    note.write_bytes(bytes([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]) + b"GNU\0" + bytes.fromhex("ab" * 20))
    for file in (None, module(build_id="cd" * 20)):
        with pytest.raises(TapsmithError) as caught:
            stop("one", file, stub.place, writer)
        assert caught.value.codes == ("not-ours",)
    assert stop("one", MODULE, stub.place, writer) == 0


def hold(stub: Kernel) -> subprocess.Popen[str]:
    """Have the module loaded, and claimed by a process that lives."""
    stub.put_in("one")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(stub.system.root)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "site_scons")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


def kill_holder(stub: Kernel) -> None:
    """Have the module loaded, by a process that was killed."""
    holder = hold(stub)
    holder.kill()
    holder.wait()
