"""The runner in real kernels: exact counts, each way to end, what a killed one leaves, signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives import serialization

import guest_python
from compiler import COMPILER
from conftest import Modules, write_sconstruct
from scons_project import ROOT, scons
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.kernelcache import cache_dir
from tapsmith.module_signing import SigningKey, sign_module
from tapsmith.probe import load_probe
from tapsmith.qemu import Machine
from tapsmith.workload import guest_files
from test_buffers import SENT
from test_module_signing import make_certificate, make_key
from test_run_session import SCHEMA

TIMEOUT_S = 120
Files = Mapping[str, GuestFile]
# Each scenario leaves its standard output and error, and its status, as files of its name.
HEAD = """\
tapsmith() { /python/bin/python3 -m tapsmith.running "$@"; }
scene() { name=$1; shift; "$@" >/out/$name.out 2>/out/$name.err; echo $? >/out/$name.status; }
await() { until grep -q "$1" /out/$2.out 2>/dev/null; do usleep 50000; done; }
pid() { sed 's/.*"pid": \\([0-9]*\\).*/\\1/' /run/tapsmith/$1.json; }
"""
COUNTING = """\
scene reads tapsmith run /readsize.ko --json -c /probe/workload
scene asks tapsmith run /test_full_unload.ko --json
echo 10000000000 >/sys/kernel/debug/x86/nmi_longest_ns
scene sent tapsmith run /test_buffers.ko --json -c 'echo 500 >/sys/module/test_buffers/parameters/go'
"""
LEAVING = """\
scene time tapsmith run /hello.ko --duration 200ms
scene first tapsmith run /hello.ko & await begun first
scene second tapsmith run /hello.ko
kill -9 $(pid hello); wait
scene killed tapsmith list --json
scene stopped tapsmith stop hello
scene third tapsmith run /hello.ko --json & await begun third
kill -9 $(pid hello); wait
scene again tapsmith run /hello.ko & await begun again
kill -INT $(pid hello); wait
scene last tapsmith run /hello.ko & await begun last
scene ended tapsmith stop hello; wait
insmod /hello.ko
scene hand tapsmith run /hello.ko
scene wrong tapsmith run /other.ko --param x=1
scene missing tapsmith run /where_func.ko --param symbol=no_such_function
scene user /python/bin/python3 -c "
import os, tapsmith.running.__main__ as runner
os.setuid(65534)
raise SystemExit(runner.main(['run', '/hello.ko']))"
scene gone tapsmith list --json
"""
SIGNATURES = """\
scene unsigned tapsmith run /hello.ko
scene unknown tapsmith run /signed.ko
mount -o bind /dev/null /proc/keys
scene rejected tapsmith run /signed.ko
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The runner and its Python, as files of a guest."""
    return guest_python.files(cache_dir(), tmp_path_factory.mktemp("compiled"), "tapsmith.running.__main__")


@pytest.fixture(scope="module")
def built(any_kernel: Target, tmp_path_factory: pytest.TempPathFactory) -> Modules:
    """A few modules for one kernel."""
    directory = tmp_path_factory.mktemp("few")
    write_sconstruct(directory)
    run = scons(directory, f"KERNEL={any_kernel.release}", "hello", "where_func")
    assert run.status == 0, run.output
    return Modules(any_kernel, directory)


class Scenes:
    """What the scenarios of a guest left."""

    def __init__(self, target: Target, script: str, files: Files, append: str = "") -> None:
        machine = Machine(append=append)
        self.result: GuestResult = run_guest(
            target.require_image(), HEAD + script, files, machine=machine, timeout_s=TIMEOUT_S
        )
        assert self.result.warnings == ()

    def status(self, name: str) -> int:
        """Return the status of a scenario."""
        return int(self.result.files[f"{name}.status"])

    def out(self, name: str) -> str:
        """Return what a scenario printed."""
        return self.result.files[f"{name}.out"].decode()

    def err(self, name: str) -> str:
        """Return what a scenario printed on standard error."""
        return self.result.files[f"{name}.err"].decode()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of a scenario, each of which the schema allows."""
        events = [json.loads(line) for line in self.out(name).splitlines()]
        for event in events:
            jsonschema.validate(event, SCHEMA)
        return events


def test_counts_are_exact(modules: Modules, python: Files, tmp_path: Path) -> None:
    """The workload's numbers come out of the JSON, and what does not fit is told to the last one."""
    workload = load_probe(ROOT / "probes/readsize").workload
    assert workload
    names = ("readsize", "test_full_unload", "test_buffers")
    files = {f"/{name}.ko": GuestFile(modules.path(name)) for name in names}
    files |= {**python, **guest_files(workload, tmp_path, COMPILER)}
    scenes = Scenes(modules.target, COUNTING, files)

    start, *rows, end = scenes.events("reads")
    assert (start["module"], start["kernel"]) == ("readsize", modules.target.release)
    assert start["fragments"]["map_print"]
    (own,) = [row for row in rows if row["fields"]["key1"] == "workload" and "sum" in row["fields"]]
    total = 500 * 300 + 250 * 700 + 1000 * 4095 + 125 * 4096 + 60 * 65536
    assert own["fields"] == {"key1": "workload", "count": 1935, "sum": total, "min": 300, "max": 65536}
    bars = [{"from": "256", "count": 500}, {"from": "512", "count": 250}, {"from": "1K", "count": 0},
            {"from": "2K", "count": 1000}, {"from": "4K", "count": 125}]  # fmt: skip
    assert own["histogram"][:5] == bars
    assert (end["reason"], end["status"], end["lost"], scenes.status("reads")) == ("command", 0, 0, 0)

    end = scenes.events("asks")[-1]
    assert (end["reason"], end["asked"], end["status"]) == ("module", "a map is full", 122)
    kinds = [(one["kind"], one["count"]) for one in scenes.events("asks") if one["type"] == "loss"]
    assert sorted(kinds) == [("refused", 1), ("skipped", 2)]

    events = scenes.events("sent")
    # What has no CPU came by the log: the last line of its fragment `check`.
    received = [event for event in events if event["type"] in ("record", "line") and event["cpu"] is not None]
    (sent,) = [found for event in received if (found := SENT.fullmatch(event["text"]))]
    assert len(received) + events[-1]["lost"] == int(sent[1]) + int(sent[2]) + 1
    assert sum(event["type"] == "record" and len(event["arguments"]) == 3 for event in received) > 20


def test_no_end_leaves_a_module_for_good(built: Modules, python: Files) -> None:
    """Whether runners are killed, interrupted or stopped, and by whom a module was loaded."""
    hello = built.path("hello").read_bytes()
    release = built.target.release.encode()
    other = hello.replace(b"vermagic=" + release, b"vermagic=" + release.replace(b"6.1", b"5.9"))
    files = {"/hello.ko": GuestFile(hello), "/other.ko": GuestFile(other),
             "/where_func.ko": GuestFile(built.path("where_func"))}  # fmt: skip
    scenes = Scenes(built.target, LEAVING, {**python, **files})

    assert scenes.out("time").startswith("begun\nended after")
    assert scenes.err("time") == "tapsmith: hello is loaded\ntapsmith: nothing was lost\n"
    (killed,) = json.loads(scenes.out("killed"))["modules"]
    assert (killed["module"], killed["alive"], killed["references"]) == ("hello", False, 0)
    assert f"process {killed['pid']}" in scenes.err("second")
    assert (scenes.status("stopped"), scenes.out("stopped")[:12]) == (0, "ended after ")
    third = scenes.events("third")
    assert [event["type"] for event in third] == ["start", "line"]
    assert f"after process {third[0]['pid']} had left it" in scenes.err("again")
    for name in ("again", "last"):
        assert scenes.status(name) == 0
        assert scenes.out(name).startswith("begun\nended after")
    assert (scenes.status("ended"), json.loads(scenes.out("gone"))) == (0, {"modules": []})

    for name, status, code in (
        ("hand", 2, "already-loaded"),
        ("second", 2, "already-running"),
        ("wrong", 2, "wrong-kernel"),
        ("missing", 120, "load-failed"),
        ("user", 2, "need-root"),
    ):
        assert (name, scenes.status(name)) == (name, status)
        assert f"[{code}]" in scenes.err(name)
    assert "[unknown-parameter]" in scenes.err("wrong")
    assert "where_func: cannot probe no_such_function: no such function" in scenes.err("missing")


def test_a_module_whose_key_is_not_known_is_told_how_to_enrol_it(
    built: Modules, python: Files, tmp_path: Path
) -> None:
    """Before it is loaded where the keys can be seen; else "Key was rejected by service" has its mend."""
    key = make_key()
    certificate = make_certificate(key, "ours")
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "key.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    signing = SigningKey(str(tmp_path / "key.pem"), tmp_path / "key.crt", "")
    sign_module(signing, built.target, "sha256", built.path("hello"), tmp_path / "signed.ko")
    files = {"/hello.ko": GuestFile(built.path("hello")), "/signed.ko": GuestFile(tmp_path / "signed.ko")}
    scenes = Scenes(built.target, SIGNATURES, {**python, **files}, "module.sig_enforce=1")

    assert "hello.ko is not signed, and this kernel takes signed modules only" in scenes.err("unsigned")
    assert "is signed by `Modules of ours`, whom this kernel does not know" in scenes.err("unknown")
    assert "it knows `Build time autogenerated kernel key`" in scenes.err("unknown")
    assert [scenes.status(name) for name in ("unsigned", "unknown", "rejected")] == [2, 2, 120]
    assert "Key was rejected by service" in scenes.err("rejected")
    for name in ("unsigned", "unknown", "rejected"):
        assert "mokutil --import MOK.der" in scenes.err(name)
