"""Locks: what is written, what makes one stale, what is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from origins import NEEDS, World, edit, obtained, versions, write_fragment
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages.lock_file import lock_text, read_lock


def stale(world: World) -> str:
    """Return why the lock is stale."""
    with pytest.raises(TapsmithError) as caught:
        obtained(world)
    assert caught.value.codes == ("lock-stale",)
    notice = obtained(world, frozen=False).notice
    assert notice
    assert notice.startswith(f"{caught.value.problems[0].message}; `tapsmith lock mine` mends it")
    return caught.value.problems[0].message.removeprefix("the lock of probes/mine is stale: ")


def refused(world: World) -> TapsmithError:
    """Return why the lock is refused, frozen or not."""
    with pytest.raises(TapsmithError) as caught:
        obtained(world, frozen=False)
    return caught.value


def test_a_lock_names_each_fragment_and_its_origin(locked: World) -> None:
    """Version and hash of what is from elsewhere; of the tree's own only that it is."""
    lock = read_lock(locked.lock)
    assert lock
    assert {name: (e.origin, e["version"]) for name, e in lock.entries.items()} == {
        "deep": ("registry", "1.1.0"), "deeper": ("registry", "1.0.0"), "far": ("git", "1.5.0"),
        "near": ("path", "1.2.0"), "own": ("tree", ""),
    }  # fmt: skip
    assert versions(locked) == {
        "own": "0.1.0",
        "near": "1.2.0",
        "far": "1.5.0",
        "deeper": "1.0.0",
        "deep": "1.1.0",
    }
    text = locked.lock.read_text(encoding="utf-8")
    assert str(locked.root) not in text
    assert "not to be edited by hand" in text.splitlines()[0]


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        (NEEDS.replace("deep: ^1.0", "deep: ^1.1"), "the probe needs `deep` ^1.1 now, no longer ^1.0"),
        (NEEDS.replace("  deep: ^1.0\n", ""), "the probe does not need `deep` any more"),
        (NEEDS + "  deeper: ^1.0\n", "the probe needs `deeper` now"),
        (
            NEEDS.replace("tag: v1", "branch: main"),
            "the probe needs `far` ^1.0 from git ../far branch",
        ),
    ],
)
def test_other_needs_make_a_lock_stale(locked: World, needs: str, why: str) -> None:
    """The build goes on by what a new lock would say; frozen, it does not."""
    locked.need(needs)
    assert stale(locked).startswith(why)


def test_a_tree_that_requires_more_makes_a_lock_stale(locked: World) -> None:
    """An edit of the tree's fragments does not, unless it changes which there are."""
    write_fragment(locked.app, "own", "0.2.0", value=7)
    assert versions(locked)["own"] == "0.2.0"
    write_fragment(locked.app, "own", "0.2.0", "requires: {more: ^1.0}\n")
    write_fragment(locked.app, "more")
    assert stale(locked) == "`more` is required as well now"
    (locked.app / "manifests/own.yaml").unlink()
    with pytest.raises(TapsmithError) as caught:
        obtained(locked)
    assert "`own` is not in the tree any more" in str(caught.value)


def test_a_name_that_the_tree_takes_over_makes_a_lock_stale(locked: World) -> None:
    """The tree comes first."""
    write_fragment(locked.app, "deeper", "1.0.5")
    assert stale(locked) == "`deeper` is in the tree now"
    assert versions(locked, frozen=False)["deeper"] == "1.0.5"


def test_a_changed_path_makes_a_lock_stale(locked: World) -> None:
    """The hash is over names and bytes, whatever else lies there."""
    (locked.root / "beside/fragments/near/notes.txt").write_text("no part of it", encoding="utf-8")
    assert "near" in versions(locked)
    write_fragment(locked.root / "beside", "near", "1.2.0", value=3)
    assert stale(locked) == "`near` in ../beside has changed"
    assert main(["lock"]) == 0
    assert obtained(locked).notice is None


def test_settings_that_conditions_ask_for_are_in_the_lock(world: World) -> None:
    """Others are not: their values change no choice."""
    macros = "config:\n  OWN_DEEP: {type: bool, default: false}\n  OWN_SIZE: {type: int, default: 1}\n"
    when = 'requires:\n  deep: {version: "^1.0", when: {OWN_DEEP: true}}\n'
    write_fragment(world.app, "own", "1.0.0", macros + when)
    needs = '  own: "*"\n  near: {path: ../beside}\n'
    world.need(needs, "config: {OWN_DEEP: true, OWN_SIZE: 2}\n")
    assert main(["lock"]) == 0
    lock = read_lock(world.lock)
    assert lock
    assert lock.config == {"OWN_DEEP": "true"}
    world.need(needs, "config: {OWN_DEEP: true, OWN_SIZE: 3}\n")
    assert "deep" in versions(world)
    world.need(needs)
    assert stale(world) == "OWN_DEEP is not true any more"
    assert "deep" not in versions(world, frozen=False)


def test_the_choice_of_a_provider_is_kept(world: World) -> None:
    """A lock says who stands for a virtual name, and a build takes that one, unasked."""
    for name in ("relay", "klog"):
        write_fragment(world.app, name, more="provides: [outlet]\n")
    world.need('  outlet: "*"\n')
    assert versions(world, frozen=False) == {"klog": "1.0.0"}
    assert main(["lock"]) == 0
    assert "chosen:\n  outlet: klog\n" in world.lock.read_text(encoding="utf-8")
    assert versions(world) == {"klog": "1.0.0"}
    write_fragment(world.app, "klog")
    assert stale(world) == "`klog` does not provide `outlet` any more"


def test_what_is_shipped_is_locked_by_its_hash(world: World) -> None:
    """Another tapsmith brings other fragments: that is noticed."""
    world.need("  log: ^1.0\n")
    assert main(["lock"]) == 0
    lock = read_lock(world.lock)
    assert lock
    assert lock.entries["log"].origin == "shipped"
    assert versions(world).keys() == {"log"}
    edit(world.lock, lock.entries["log"]["sha256"], "0" * 64)
    assert stale(world).endswith(f"the lock has {lock.entries['log']['version']}")


def test_what_is_shipped_is_so_in_a_venv_of_the_project(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where tapsmith is installed makes no difference to a lock."""
    share = world.app / ".venv/share"
    for name in ("manifests/log.yaml", "fragments/log/log.c"):
        (share / name).parent.mkdir(parents=True)
        (share / name).write_bytes((ROOT / name).read_bytes())
    world.need("  log: ^1.0\n")
    assert main(["lock"]) == 0
    before = world.lock.read_bytes()
    for part in ("tapsmith.packages.sources", "tapsmith.commands.shared", "origins"):
        monkeypatch.setattr(f"{part}.shipped_root", lambda: share)
    assert versions(world).keys() == {"log"}
    world.lock.unlink()
    assert main(["lock"]) == 0
    assert world.lock.read_bytes() == before


def test_a_missing_lock(world: World) -> None:
    """The build goes on, and writes none; frozen, it is refused."""
    with pytest.raises(TapsmithError) as caught:
        obtained(world)
    assert caught.value.codes == ("lock-missing",)
    assert obtained(world, frozen=False).notice == "probes/mine has no lock: `tapsmith lock mine` writes it"
    assert not world.lock.exists()


def test_a_conflict_of_git_is_refused(locked: World) -> None:
    """With the line of the marker, and what to do."""
    edit(locked.lock, "    version: 1.1.0\n", "<<<<<<< HEAD\n    version: 1.1.0\n=======\n>>>>>>> other\n")
    error = refused(locked)
    assert error.codes == ("lock-conflict",)
    assert str(error.problems[0].place) == f"{locked.lock}:12"
    assert "git checkout --ours tapsmith.lock" in str(error.problems[0].mend)


@pytest.mark.parametrize(
    ("old", "new", "below"),
    [
        ("lock: 1\n", "lock: 1\n\n", 1),
        ("    origin: tree\n", "    origin: tree\n    version: 1.0.0\n", 1),
        ("    registry: main\n", "", -1),
        ("    registry: main\n", "    registry:   main\n", 0),
        ("    origin: tree\n", "    origin: moon\n", 0),
        ("lock: 1\n", "lock: 9\n", 0),
        ("    archive: ", "    archive: x", 0),
        ("fragments:\n", "fragments: {\n", 2),
    ],
)
def test_a_lock_that_was_edited_is_refused(locked: World, old: str, new: str, below: int) -> None:
    """There is one spelling of each lock; the message names the line that is another's."""
    text = locked.lock.read_text(encoding="utf-8")
    line = text.count("\n", 0, text.index(old)) + 1
    edit(locked.lock, old, new)
    error = refused(locked)
    assert error.codes == ("lock-damaged",)
    place = error.problems[0].place
    assert place
    assert (place.file, place.line) == (locked.lock, line + below)
    assert "lock again" in str(error) or "`tapsmith lock mine`" in str(error)


def test_a_block_that_is_gone_is_no_damage(locked: World) -> None:
    """A merge may take one away; then the lock is stale."""
    edit(locked.lock, "  own:\n    origin: tree\n", "")
    assert stale(locked) == "`own` is required as well now"


def test_a_version_that_the_hash_belies_is_refused(locked: World) -> None:
    """What a lock says is checked against what it names."""
    edit(locked.lock, "version: 1.1.0", "version: 1.1.1")
    error = refused(locked)
    assert error.codes == ("lock-damaged",)
    assert "its hash is that of deep 1.1.0, not 1.1.1" in str(error)
    assert str(error.problems[0].place).startswith(f"{locked.lock}:9:")


def test_a_merge_of_two_branches_is_a_lock(locked: World) -> None:
    """Blocks that two branches add apart stand together without a conflict."""
    text = locked.lock.read_text(encoding="utf-8")
    block = "  zz:\n    origin: tree\n"
    locked.lock.write_text(text + block, encoding="utf-8")
    lock = read_lock(locked.lock)
    assert lock
    assert lock_text(lock) == text + block


def test_a_build_by_a_lock_imports_no_solver(locked: World) -> None:
    """Nor does it fetch: all is in the cache."""
    locked.hide()
    code = (
        "import sys\nfrom pathlib import Path\nimport test_lock, origins\n"
        f"world = origins.World(Path({str(locked.root)!r}))\n"
        "print(sorted(test_lock.versions(world)), 'pysat' in sys.modules)"
    )
    path = ":".join(str(ROOT / name) for name in ("site_scons", "tests"))
    environment = {"PYTHONPATH": path, "PATH": "/nowhere"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "['deep', 'deeper', 'far', 'near', 'own'] False\n", done.stderr
