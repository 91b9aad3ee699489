"""Signed registries: who may sign, and what readers notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from origins import World
from scons_project import ROOT
from signatures import Signed, quiet, sign_world
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages.registry_write import yank
from tapsmith.signing import signing
from tapsmith.signing.keys import load_keys, make_key
from tapsmith.signing.roots import init, refresh, rotate, signer


@pytest.fixture
def signed(world: World) -> Signed:
    """A signed registry whose root is pinned."""
    return sign_world(world)


def test_what_is_published_is_read(signed: Signed) -> None:
    """A reader sees what was signed, again after each change; names that nobody signed are not there."""
    assert signed.read() == ["2.0.0", "1.1.0", "1.0.0"]
    signed.add("3.0.0")
    assert signed.read()[0] == "3.0.0"
    assert signed.read(name="nothing") == []
    (signed.at / "index/no/th").mkdir(parents=True)
    shutil.copy(signed.at / "index/de/ep/deep", signed.at / "index/no/th/nothing")
    assert signed.read(name="nothing") == []


def test_a_change_writes_few_files(signed: Signed) -> None:
    """Only bins with a changed file are signed anew: of 64 at most two, by `deep` and the catalogue."""
    before = set((signed.at / "signed").glob("*.json"))
    signed.add("3.0.0")
    names = {path.name for path in set((signed.at / "signed").glob("*.json")) - before}
    assert "2.snapshot.json" in names
    assert 2 <= len(names) <= 3


def test_a_rollback_is_noticed(signed: Signed) -> None:
    """Once a newer state was seen, an older one, whole as it is, is refused; another reader takes it."""
    old = signed.copy("old")
    signed.add("3.0.0")
    assert signed.read()[0] == "3.0.0"
    assert signed.refused(old) == "registry-rolled-back"
    assert signed.read()[0] == "3.0.0"
    shutil.rmtree(signed.world.root / "cache")
    assert signed.read(old)[0] == "2.0.0"


def test_a_freeze_is_noticed(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed 31 days ago is refused, after 29 days it is not; `refresh` mends it."""
    real = signing.now
    for days, ends in ((31, "signature-expired"), (29, "")):
        with monkeypatch.context() as patch:
            patch.setattr(signing, "now", lambda days=days: real() - timedelta(days=days))
            refresh(signed.at, signed.keys("main"), quiet)
        if ends:
            assert signed.refused() == ends
        else:
            assert signed.read()
    refresh(signed.at, signed.keys("main"), quiet)
    assert signed.read()


def test_a_mix_of_old_and_new_is_noticed(signed: Signed) -> None:
    """Metadata of an older state under a newer name is refused, and so is an older file."""
    old = signed.copy("old")
    signed.add("3.0.0")
    for pattern in ("2.bin-*.json", "2.snapshot.json"):
        mixed = signed.copy(f"mixed-{pattern[2:5]}")
        for path in (mixed / "signed").glob(pattern):
            shutil.copy(old / "signed" / f"1{path.name[1:]}", path)
        assert signed.refused(mixed) == "registry-mixed"
        shutil.rmtree(signed.world.root / "cache")
    assert signed.read()[0] == "3.0.0"


def test_a_tampered_file_is_noticed(signed: Signed) -> None:
    """A changed file, a missing one, and changed metadata."""
    for path in (signed.at / "signed/files").glob("*/*"):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        if b'"version":"2.0.0"' in whole and b'"name"' not in whole:
            assert signed.refused() == "tampered-file"
            path.unlink()
            assert signed.refused() == "tampered-file"
        path.write_bytes(whole)
    assert signed.read()
    timestamp = signed.at / "signed/timestamp.json"
    whole = timestamp.read_bytes()
    shutil.rmtree(signed.world.root / "cache")
    for bad in (
        whole.replace(b'"version": 1', b'"version": 9').replace(b'"version":1', b'"version":9'),
        b"{",
    ):
        timestamp.write_bytes(bad)
        assert signed.refused() == "bad-signature"


def test_what_is_not_signed_is_refused(signed: Signed) -> None:
    """Where a root is pinned, a registry without signatures is none, even if its files are the same."""
    shutil.rmtree(signed.at / "signed")
    assert signed.refused() == "unsigned-registry"


def test_other_keys_are_refused(signed: Signed, world: World) -> None:
    """A registry signed by somebody else is not read, whether with a root of its own or not."""
    other = signed.copy("other")
    shutil.rmtree(other / "signed")
    init(other, signed.rule("mallory", by="mallory2"), quiet)
    assert signed.refused(other) == "bad-signature"
    root = signed.at / "signed/1.root.json"
    shutil.copy(root, other / "signed/1.root.json")
    assert signed.refused(other) == "bad-signature"
    with pytest.raises(TapsmithError, match="key-needed"):
        signed.add("3.0.0", by="mallory2")
    assert signed.read()[0] == "2.0.0"


def test_nothing_unsigned_gets_into_a_signed_registry(signed: Signed) -> None:
    """Without a key neither publish nor yank writes anything."""
    before = {path: path.read_bytes() for path in signed.at.rglob("*") if path.is_file()}
    with pytest.raises(TapsmithError, match="key-needed"):
        signed.world.publish("deep", "3.0.0")
    with pytest.raises(TapsmithError, match="key-needed"):
        yank(signed.at, "deep", "1.0.0", "why")
    assert {path: path.read_bytes() for path in signed.at.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("kind", ["changed", "added", "removed", "bin"])
def test_nobody_vouches_for_what_others_changed(signed: Signed, kind: str) -> None:
    """A publisher refuses a registry whose files are not those that were signed; `refresh` takes them."""
    index = signed.at / "index/de/ep/deep"
    if kind == "changed":
        index.write_text(index.read_text(encoding="utf-8").replace("Fragment", "Figment"), encoding="utf-8")
    elif kind == "added":
        shutil.copy(index, index.with_name("deepest"))
    elif kind == "removed":
        (signed.at / "index/de/ep/deeper").unlink()
    else:
        path = next((signed.at / "signed").glob("1.bin-*.json"))
        path.write_text(path.read_text(encoding="utf-8").replace("T", "U"), encoding="utf-8")
    with pytest.raises(TapsmithError, match="bad-signature" if kind == "bin" else "unsigned-change"):
        yank(signed.at, "deep", "1.0.0", "why", quiet, signer(signed.at, signed.keys("main")))
    if kind != "bin":
        refresh(signed.at, signed.keys("main"), quiet)
        (signed.at / "catalogue.jsonl").unlink()
        assert yank(signed.at, "deep", "1.0.0", "why", quiet, signer(signed.at, signed.keys("main")))
        assert signed.read()


def test_keys_are_exchanged_in_a_chain(signed: Signed) -> None:
    """Who pinned the first root follows two changes of all keys; a retired key signs no more."""
    rotate(signed.at, signed.rule("root2", by="main2"), signed.keys("root", "main"), quiet)
    assert signed.read()[0] == "2.0.0"
    rotate(signed.at, signed.rule("root3", by="main3"), signed.keys("root2", "main2"), quiet)
    shutil.rmtree(signed.world.root / "cache")
    assert signed.read()[0] == "2.0.0"
    with pytest.raises(TapsmithError, match="key-needed"):
        signed.add("3.0.0", by="main")
    signed.add("3.0.0", by="main3")
    assert signed.read()[0] == "3.0.0"


def test_a_lost_key_is_exchanged(signed: Signed) -> None:
    """The root key alone puts another in place of the one that signs what is published."""
    signed.read()
    rotate(signed.at, signed.rule("root", by="main2"), {}, quiet)
    assert signed.read()[0] == "2.0.0"
    signed.add("3.0.0", by="main2")
    assert signed.read()[0] == "3.0.0"


def test_a_threshold_holds(world: World) -> None:
    """Of three root keys two must sign a change of keys: one does not do."""
    made = Signed(world)
    shutil.copy(made.at / init(made.at, made.rule("a", "b", "c", threshold=2), quiet), made.pinned)
    with pytest.raises(TapsmithError, match="key-needed"):
        rotate(made.at, made.rule("d", by="main2"), made.keys("a", "main"), quiet)
    rotate(made.at, made.rule("d", by="main2"), made.keys("a", "c", "main"), quiet)
    assert made.read()[0] == "2.0.0"
    with pytest.raises(TapsmithError, match="bad-threshold"):
        rotate(made.at, made.rule("d", threshold=2), made.keys("d"), quiet)


class Killed(BaseException):
    """Stands for the end of the process."""


def killed_after(writes: int) -> Callable[..., None]:
    """Return a way to write that dies after so many files."""
    left = iter(range(writes))
    real = signing.atomic.write_durably

    def write(path: Path, data: bytes, drafts: Path) -> None:
        if next(left, None) is None:
            raise Killed
        real(path, data, drafts)

    return write


def test_killed_at_any_write_readers_see_old_or_new(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a publisher dies, readers go on; the next one, of whatever fragment, ends it."""
    signed.read()
    for writes in range(20):
        at = signed.copy(f"killed-{writes}")
        try:
            with monkeypatch.context() as patch:
                patch.setattr("tapsmith.atomic.write_durably", killed_after(writes))
                signed.add("3.0.0", at=at)
        except Killed:
            shutil.rmtree(signed.world.root / "cache")
            assert signed.read(at) == ["2.0.0", "1.1.0", "1.0.0"]
            shutil.rmtree(signed.world.root / "draft-3.0.0")
            signed.add("3.0.0", at=at)
            assert signed.read(at)[0] == "3.0.0"
        else:
            assert writes > 6
            return
    pytest.fail("it never ended")


def test_refresh_ends_what_a_killed_publisher_began(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue comes up to date with the index, then both are signed."""
    with monkeypatch.context() as patch:
        patch.setattr("tapsmith.atomic.write_durably", killed_after(2))
        with pytest.raises(Killed):
            signed.add("3.0.0")
    assert '"version":"2.0.0"' in (signed.at / "catalogue.jsonl").read_text(encoding="utf-8")
    refresh(signed.at, signed.keys("main"), quiet)
    assert '"version":"3.0.0"' in (signed.at / "catalogue.jsonl").read_text(encoding="utf-8")
    assert signed.read()[0] == "3.0.0"


def test_killed_at_any_write_a_change_of_keys_can_be_done_again(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers go on after each write, whichever of the keys counted; doing it again ends it."""
    for writes in (0, 1, 2, 30, 65, 66, 67, 68, 69):
        at = signed.copy(f"killed-{writes}")
        with monkeypatch.context() as patch:
            patch.setattr("tapsmith.atomic.write_durably", killed_after(writes))
            try:
                rotate(at, signed.rule("root2", by="main2"), signed.keys("root", "main"), quiet)
            except Killed:
                is_over = False
            else:
                is_over = True
        shutil.rmtree(signed.world.root / "cache", ignore_errors=True)
        assert signed.read(at)[0] == "2.0.0"
        if not is_over:
            rotate(at, signed.rule("root2", by="main2"), signed.keys("root", "main"), quiet)
            assert signed.read(at)[0] == "2.0.0"
    assert is_over


def test_readers_and_a_writer_at_once(signed: Signed) -> None:
    """Each reader sees one whole state, none older than the last, whatever is being published."""
    seen: list[list[int]] = [[], []]
    troubles: list[BaseException] = []
    done = threading.Event()

    def look(into: list[int]) -> None:
        try:
            while not done.is_set():
                into.append(len(signed.read()))
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=look, args=(into,)) for into in seen]
    for thread in threads:
        thread.start()
    for number in range(4):
        signed.add(f"3.{number}.0")
    done.set()
    for thread in threads:
        thread.join()
    assert not troubles
    assert all(into and into == sorted(into) for into in seen)
    assert len(signed.read()) == 7


def test_old_files_go_once_nobody_can_be_reading_them(
    signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day after they went out of use; roots stay."""
    signed.add("3.0.0")
    count = len(list((signed.at / "signed").rglob("*")))
    real = time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 2 * 24 * 3600)
    refresh(signed.at, signed.keys("main"), quiet)
    left = {path.name for path in (signed.at / "signed").glob("*.json")}
    assert {"1.root.json", "3.snapshot.json", "timestamp.json"} <= left
    assert not {"1.snapshot.json", "2.snapshot.json"} & left
    assert len(list((signed.at / "signed").rglob("*"))) < count
    assert signed.read()[0] == "3.0.0"


def test_keys_are_their_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key's file is its owner's alone, may be encrypted, and is never overwritten."""
    file = tmp_path / "a.key"
    monkeypatch.setenv("TAPSMITH_PASSPHRASE", "open sesame")
    keyid = make_key(file, True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(load_keys([file])) == [keyid]
    for passphrase in ("other", ""):
        monkeypatch.setenv("TAPSMITH_PASSPHRASE", passphrase)
        with pytest.raises(TapsmithError, match="bad-key"):
            load_keys([file])
    with pytest.raises(TapsmithError, match="exists"):
        make_key(file, False)
    file.chmod(0o644)
    with pytest.raises(TapsmithError, match="chmod 600"):
        load_keys([file])
    file.write_text("no key", encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(TapsmithError, match="bad-key"):
        load_keys([file])


def test_a_project_pins_a_root(signed: Signed, capsys: pytest.CaptureFixture[str]) -> None:
    """`tapsmith lock` reads a registry whose root is pinned, and refuses it once it is tampered with."""
    world = signed.world
    shutil.copy(signed.pinned, world.app / "main.root.json")
    (world.app / "tapsmith.yaml").write_text(
        "registries:\n  main: {path: ../registry, root: main.root.json}\n", encoding="utf-8"
    )
    assert main(["lock"]) == 0
    assert main(["yank", "deep@1.1.0", "--registry", "main", "--reason", "why"]) == 2
    assert "key-needed" in capsys.readouterr().err
    key = ["--key", str(signed.key("main"))]
    assert main(["yank", "deep@1.1.0", "--registry", "main", "--reason", "why", *key]) == 0
    assert main(["update"]) == 0
    assert "deep 1.1.0 (registry main) -> 1.0.0" in capsys.readouterr().out
    shutil.rmtree(signed.at / "signed")
    assert main(["update"]) == 2
    assert "unsigned-registry" in capsys.readouterr().err


def test_a_lock_that_holds_needs_no_library(signed: Signed) -> None:
    """What a build does with it, `tree` does as well: it resolves without a look at what is signed."""
    world = signed.world
    shutil.copy(signed.pinned, world.app / "main.root.json")
    (world.app / "tapsmith.yaml").write_text(
        "registries:\n  main: {path: ../registry, root: main.root.json}\n", encoding="utf-8"
    )
    assert main(["lock"]) == 0
    code = "import sys; from tapsmith.cli import main; main(['tree', 'mine']); print('tuf' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "site_scons")}
    told = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert "deep" in done.stdout, done.stderr
        told.append(done.stdout.splitlines()[-1])
        world.lock.unlink(missing_ok=True)
    assert told == ["False", "True"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["key"], "bad-key"),
        (["key", "no/such/place.key"], "cannot-write"),
        (["init", "--key", "main.key"], "unknown-registry"),
        (["init", "--registry", "main"], "key-needed"),
        (["init", "--registry", "main", "--key", "main.key"], "bad-threshold"),
        (
            ["init", "--registry", "main", "--key", "main.key", "--root-key", "main.key", "--days", "0"],
            "bad-threshold",
        ),
        (["init", "--registry", ".", "--key", "main.key", "--root-key", "main.key"], "registry-unreachable"),
        (["init", "--registry", "main", "--key", "gone.key"], "bad-key"),
        (["refresh", "--registry", "main", "--key", "main.key"], "unsigned-registry"),
        (
            ["rotate", "--registry", "main", "--key", "main.key", "--root-key", "main.key"],
            "unsigned-registry",
        ),
    ],
)
def test_what_the_command_refuses(
    world: World, capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    """Nothing is signed then."""
    make_key(world.app / "main.key", False)
    assert main(["sign", *words]) == 2
    assert f"[{code}]" in capsys.readouterr().err
    assert not (world.registry / "signed").exists()


def test_what_is_signed_is_not_signed_as_new(signed: Signed) -> None:
    """Only `rotate` changes keys."""
    with pytest.raises(TapsmithError, match="exists"):
        init(signed.at, signed.rule("root2"), quiet)


def test_the_library_is_imported_where_a_registry_is_signed_only() -> None:
    """Neither the command line nor opening registries needs it."""
    code = (
        "import sys, tapsmith.cli, tapsmith.packages.sources, tapsmith.packages.registry_write\n"
        "from tapsmith.cli import build_parser\nbuild_parser()\n"
        "assert not {'tuf', 'cryptography', 'securesystemslib'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT / "site_scons")})
