"""What the runner reads: modules' files, signatures, the kernel's log, losses, rows."""

from __future__ import annotations

import ast
import os
import socket
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from conftest import Modules
from scons_project import ROOT
from tapsmith.diagnostics import TapsmithError
from tapsmith.running.events import Assembler, Line, Row
from tapsmith.running.formats import Formats, parse_bar
from tapsmith.running.kmsg import KernelLog, Record, own_line, parse_record
from tapsmith.running.ledger import ledger
from tapsmith.running.losses import Loss, parse_counter, parse_losses
from tapsmith.running.module_file import read_module
from tapsmith.running.signature import signer
from test_module_signing import MAGIC, make_certificate, make_key

PACKAGE = ROOT / "site_scons/tapsmith/running"
BOUND = "raise PROCESSES in probe.yaml (now 100; 103 would have sufficed)"
THERE = "raise max_entries there (now 2; 5 would have sufficed)"


def test_the_runner_imports_nothing_else() -> None:
    """It runs on targets that have Python 3.9 and nothing besides."""
    others = ("diagnostics", "formats", "records")
    allowed = {*sys.stdlib_module_names, *(f"tapsmith.{name}" for name in others)}
    for path in [*PACKAGE.glob("*.py"), *(PACKAGE.with_name(f"{name}.py") for name in others)]:
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
        names = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        unknown = {name for name in names if name.split(".")[0] not in allowed and name not in allowed}
        assert {name for name in unknown if not name.startswith("tapsmith.running")} == set(), path
        # Annotations are not evaluated; anything else is.
        values = [node.value for node in tree.body if isinstance(node, ast.Assign)]
        assert not any(isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
                       and isinstance(value.left, ast.Name) for value in values), path  # fmt: skip


def test_a_module_s_file_tells_what_is_in_it(modules: Modules) -> None:
    """Name, kernel, parameters, fragments, imports and texts are read from the file."""
    module = read_module(modules.path("readsize"))
    assert (module.name, module.release, module.signer) == ("readsize", modules.target.release, None)
    assert module.parameters == {"MOST": "int", "PROCESSES": "int", "STAT_COLUMNS": "int"}
    assert module.fragments["map_print"].count(".") == 2
    assert "module_layout" in module.imports
    assert len(module.build_id) == 40
    assert "%1s, by 256 bytes%H" in module.strings


@pytest.mark.parametrize("data", [b"", b"no ELF", b"\x7fELF\x02\x01" + bytes(20), "cut"])
def test_what_is_no_module_is_refused(modules: Modules, tmp_path: Path, data: bytes | str) -> None:
    """Neither text nor a file that is cut short ends in a traceback."""
    path = tmp_path / "x.ko"
    path.write_bytes(modules.path("hello").read_bytes()[:5000] if isinstance(data, str) else data)
    with pytest.raises(TapsmithError) as caught:
        read_module(path)
    assert caught.value.codes == ("not-a-module",)
    with pytest.raises(TapsmithError) as caught:
        read_module(tmp_path / "none.ko")
    assert caught.value.codes == ("missing-file",)


def test_the_signer_s_name_is_read() -> None:
    """A signature as the kernel's tool appends it names its certificate; a garbled one names nobody."""
    key = make_key()
    options = [PKCS7Options.DetachedSignature, PKCS7Options.NoCerts, PKCS7Options.NoAttributes]
    options.append(PKCS7Options.Binary)
    builder = PKCS7SignatureBuilder().set_data(b"module")
    builder = builder.add_signer(make_certificate(key, "ours"), key, hashes.SHA256())
    message = builder.sign(serialization.Encoding.DER, options)
    tail = bytes([0, 0, 2, 0, 0, 0, 0, 0]) + len(message).to_bytes(4, "big") + MAGIC
    assert signer(b"module" + message + tail) == "Modules of ours"
    assert signer(b"module" + message[:-300] + bytes(300) + tail) is not None
    assert signer(b"module" + b"\x30\x82" + tail) == ""
    assert signer(b"module") is None


def test_a_record_of_the_log_is_read() -> None:
    """Number, time, severity and text; bytes are what was printed, dictionaries are left out."""
    data = b"6,339,5140900,-;one: caf\\xc3\\xa9 \\x1b\n SUBSYSTEM=x\n DEVICE=y\n"
    assert parse_record(data) == Record(339, 5.1409, 6, "one: café \x1b")
    assert parse_record(b"30,1,0,c,caller=T1;x\n") == Record(1, 0.0, 6, "x")
    assert parse_record(b"no record") is None


def test_records_that_were_overwritten_are_counted() -> None:
    """A gap in the numbers is what came and went before it was read."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, KernelLog(os.dup(ours.fileno())) as log:
        ours.setblocking(False)
        for number in (7, 8, 12):
            theirs.send(f"6,{number},1,-;x {number}\n".encode())
        assert [record.sequence for record in log.read()] == [7, 8, 12]
        assert log.overwritten == 3


def test_only_the_module_s_own_lines_are_its() -> None:
    """The kernel begins lines with a module's name, too, and names may begin alike."""
    assert own_line("one", "one: begin: 2") == "begin: 2"
    assert own_line("one", "one_more: begin") is None
    assert own_line("one", "one: loading out-of-tree module taints kernel.") is None
    assert own_line("one", "one: unknown parameter 'x' ignored") is None


def test_hits_are_told_by_reason() -> None:
    """Each reason is a loss of its own; the macro that helps stays with the one it helps against."""
    text = (
        "lost 20 hits of the return of f: 3 skipped by the kernel (nmissed), 12 without a free instance, "
        "4 nested too deep, 1 after the stop; 8 were handled; raise KRETPROBE_MAXACTIVE in probe.yaml (now 8)"
    )
    what = "hits of the return of f"
    assert parse_losses(text) == (
        Loss(3, "missed", what, "skipped by the kernel (nmissed)", 8),
        Loss(12, "missed", what, "without a free instance", 8, "KRETPROBE_MAXACTIVE", 8),
        Loss(4, "skipped", what, "nested too deep", 8),
        Loss(1, "skipped", what, "after the stop", 8),
    )


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        (f"3 new elements of map 1 (p.c), all were in use; {BOUND}",
         Loss(3, "refused", "new elements of map 1 (p.c)", "all were in use", None, "PROCESSES", 100, 103)),
        (f"2 oldest elements of map 1 (p.c), all were in use; {THERE}",
         Loss(2, "replaced", "oldest elements of map 1 (p.c)", "all were in use", None, "max_entries", 2, 5)),
        ("1 ends of argument vectors, they had more than 4; raise COPY_ARGV_MAX in probe.yaml (now 4)",
         Loss(1, "truncated", "ends of argument vectors", "they had more than 4", None, "COPY_ARGV_MAX", 4)),
        ("3 exits of f: the calls were under way when the probe ended, or never return",
         Loss(3, "missed", "exits of f: the calls were under way when the probe ended", "or never return")),
        ("9 hits of f: 1 nested too deep, 2 after the stop; 5 were handled",
         Loss(9, "lost", "hits of f: 1 nested too deep", "2 after the stop; 5 were handled")),
        ("4 shoes", Loss(4, "lost", "shoes")),
    ],
)  # fmt: skip
def test_losses_are_read(text: str, loss: Loss) -> None:
    """What was lost, why, what to raise, what would suffice; sums that do not agree are not believed."""
    assert parse_losses(f"lost {text}") == (loss,)


def test_what_is_no_loss_is_none() -> None:
    """A probe may say `lost`, too."""
    assert parse_losses("lost and found") is None
    assert parse_losses("we lost 3 shoes") is None


def test_a_counter_s_line_is_read() -> None:
    """The columns of a module's file of losses; what is not known is None, and zero is no loss."""
    expected = Loss(5, "dropped", "records", "the buffer was full", None, "BUFFER_KIB", 64, None, 1)
    assert parse_counter("1\t5\trecords, the buffer was full\tBUFFER_KIB\t64") == (expected,)
    assert parse_counter("-\t0\trecords\t-\t-") == ()
    with pytest.raises(ValueError, match="unpack"):
        parse_counter("1\t5")


def test_the_ledger_is_one_line_where_nothing_was_lost() -> None:
    """Else each loss has a line, and one with what would have helped."""
    assert ledger([]) == ["nothing was lost"]
    losses = [
        Loss(12, "missed", "hits of f", "skipped by the kernel (nmissed)", 3044, cpu=1),
        Loss(3, "refused", "new elements of map 1", "all 100 were in use", None, "PROCESSES", 100, 103),
        Loss(1, "truncated", "ends of lines", None, None, "LENGTH", 80),
    ]
    assert ledger(losses, {"PROCESSES"}) == [
        "lost:",
        "  12 missed     hits of f on CPU 1: skipped by the kernel (nmissed) (3044 were handled)",
        "   3 refused    new elements of map 1: all 100 were in use",
        "                --param PROCESSES=103 would have sufficed",
        "   1 truncated  ends of lines",
        "                raise LENGTH in probe.yaml (now 80)",
    ]


def test_a_map_s_lines_are_rows() -> None:
    """By the formats in the module; of two that fit, the one with more text of its own was meant."""
    formats = Formats(["%1s: %d reads", "%1s: %d", "%d of %d", "%1P/%2d: %C 100%%", "say %s", "%1s"])
    found = formats.read("a: b: 7 reads")
    assert found
    assert (found[0].text, found[1]) == ("%1s: %d reads", {"key1": "a: b", "value": 7})
    assert formats.read("x 3 of 4") is None
    pair = formats.read("f+0x0/0x10/-2: 5 100%")
    assert pair
    assert pair[1] == {"key1": "f+0x0/0x10", "key2": -2, "count": 5}


def test_histograms_belong_to_the_row_before() -> None:
    """A row waits for its bars; a loss between is none of them; what is no row is a line."""
    assembler = Assembler(Formats(["%1s: %C%H", "%1s is %d"]))
    said = [
        "go",
        "a: 3",
        "  1 |@@| 1",
        "   ~",
        "128K |@@@@| 2",
        "b is 5",
        "lost 1 shoes",
        ">=1K || 0",
        "c: 1",
    ]
    events = [event for text in said for event in assembler.feed(1.5, text)]
    assert events == [
        Line(1.5, "go"),
        Row(1.5, "%1s: %C%H", {"key1": "a", "count": 3}, tuple(said[1:5]), (("1", 1), ("128K", 2))),
        Row(1.5, "%1s is %d", {"key1": "b", "value": 5}, ("b is 5",)),
        Line(1.5, ">=1K || 0"),
    ]
    assert assembler.flush() == [Row(1.5, "%1s: %C%H", {"key1": "c", "count": 1}, ("c: 1",), ())]
    assert assembler.losses == [Loss(1, "lost", "shoes")]


def test_a_statistic_s_line_is_a_row() -> None:
    """With and without its spread, whatever its name."""
    formats = Formats([])
    figures = "count 2, sum 6, min -1, max 7, average 3"
    fields = {"key1": "reads: cat", "count": 2, "sum": 6, "min": -1, "max": 7, "average": 3}
    found = formats.read(f"reads: cat: {figures}")
    assert found
    assert found[0].bars
    assert found[1] == fields
    spread = formats.read(f"reads: cat: {figures}, variance 16, deviation 4")
    assert spread
    assert spread[1] == {**fields, "variance": 16, "deviation": 4}
    assert parse_bar("    64 |@@@       | 5") == ("64", 5)
    assert parse_bar("a | b | 5") is None
