"""The cache of built modules that machines share: what comes out of it is right, or nothing does."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Project
from scons_project import Run, files, module, scons
from tapsmith.sharedcache import Entry, SharedCache, prune

KERNEL = "KERNEL=6.1-cloud"
KEY = "0123456789abcdef0123456789abcdef"
ENTRY = Entry(b"some bytes\n" * 1000, 0o755)


@pytest.fixture
def said() -> list[str]:
    """What the cache told."""
    return []


@pytest.fixture
def store(tmp_path: Path, said: list[str]) -> SharedCache:
    """A cache with one entry."""
    made = SharedCache(tmp_path / "shared/cache", said.append)
    assert made.put(KEY, ENTRY)
    return made


def test_what_was_put_is_got(store: SharedCache) -> None:
    """Bytes and mode come back; nothing else lies beside them."""
    assert store.get(KEY) == ENTRY
    assert store.get("f" * 32) is None
    assert [path for path in store.root.rglob("*") if path.is_file()] == [
        store.root / "CACHEDIR.TAG",
        store.path(KEY),
    ]


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: os.truncate(path, path.stat().st_size - 1),
    "only the first line": lambda path: os.truncate(path, 80),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "one bit": lambda path: path.write_bytes(path.read_bytes()[:-2] + b"y\n"),
    "another mode": lambda path: path.write_bytes(path.read_bytes().replace(b" 755 ", b" 644 ", 1)),
    "no such file": lambda path: path.write_bytes(b"\x7fELF" + bytes(900)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_thrown_away(store: SharedCache, damage: str) -> None:
    """It is never served, it is counted, and its place is free."""
    DAMAGE[damage](store.path(KEY))
    assert store.get(KEY) is None
    assert store.damaged == 1
    assert not store.path(KEY).exists()


def test_an_entry_under_another_name_is_damaged(store: SharedCache) -> None:
    """An entry is good for its own key alone."""
    other = KEY[:-1] + "0"
    store.path(KEY).rename(store.path(other))
    assert store.get(other) is None
    assert store.damaged == 1


def test_a_failing_directory_is_told_once(tmp_path: Path, said: list[str]) -> None:
    """What cannot be used is not used; no exception leaves the cache."""
    (tmp_path / "file").write_text("", encoding="ascii")
    store = SharedCache(tmp_path / "file/cache", said.append)
    for _ in range(3):
        assert store.get(KEY) is None
        assert not store.put(KEY, ENTRY)
    assert len(said) == 2
    assert re.search(r"file/cache cannot be read \(Not a directory\)", said[0])
    assert "cannot be written" in said[1]


def test_what_others_may_do_with_the_root_they_may_do_with_what_is_in_it(tmp_path: Path) -> None:
    """A umask of one user does not shut others out."""
    root = tmp_path / "cache"
    root.mkdir()
    root.chmod(0o2775)
    before = os.umask(0o077)
    try:
        store = SharedCache(root, print)
        store.put(KEY, ENTRY)
    finally:
        os.umask(before)
    assert store.path(KEY).stat().st_mode & 0o777 == 0o664
    assert store.path(KEY).parent.stat().st_mode & 0o7777 == 0o2775


def test_pruning_keeps_what_was_used_last(store: SharedCache) -> None:
    """Entries go, the longest unused first, and what a killed run left half-written."""
    keys = [f"{number:032x}" for number in range(4)]
    for age, key in enumerate(keys):
        store.put(key, ENTRY)
        os.utime(store.path(key), (1e9 - age, 1e9 - age))
    draft = store.path(keys[0]).with_name(".draft-0")
    draft.write_bytes(b"half")
    os.utime(draft, (1e9, 1e9))
    size = store.path(KEY).stat().st_size
    assert store.get(keys[3])  # is used now
    assert prune(store.root, 2 * size) == (4, 2 * size)
    assert not draft.exists()
    assert [store.get(key) is not None for key in [*keys, KEY]] == [False, False, False, True, True]


@pytest.fixture
def cached(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A project that has been built with a cache, with nothing in its build directory, and the cache."""
    directory, cache = project(files()), tmp_path_factory.mktemp("cache") / "shared"
    first = scons(directory, KERNEL, f"CACHE={cache}")
    assert first.status == 0, first.output
    (directory / "build").rename(directory / "first")
    return directory, cache


def again(directory: Path, cache: Path, *arguments: str) -> Run:
    """Build from nothing, with the cache: the modules are what they were."""
    shutil.rmtree(directory / "build", ignore_errors=True)
    run = scons(directory, KERNEL, f"CACHE={cache}", *arguments)
    assert run.status == 0, run.output
    for name in ("one", "two", "three"):
        built = module(directory, name)
        assert built
        first = directory / "first" / built.relative_to(directory / "build")
        assert built.read_bytes() == first.read_bytes()
    return run


def test_modules_come_from_the_cache(cached: tuple[Path, Path]) -> None:
    """Nothing is made that is there, and the next run has nothing to do."""
    run = again(*cached)
    assert run.steps == set()
    assert "/one.ko' from cache" in run.output
    assert found(run)[0] == found(run)[1]
    assert scons(cached[0], KERNEL, f"CACHE={cached[1]}").steps == set()


def found(run: Run) -> tuple[int, int]:
    """Return how many files were in the cache, of how many that were asked for."""
    told = re.search(r"(\d+) of (\d+) files were in it", run.output)
    assert told, run.output
    return int(told[1]), int(told[2])


def test_another_clone_finds_them(
    cached: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where a project lies, and under which name, does not matter."""
    directory, cache = cached
    other = tmp_path_factory.mktemp("elsewhere") / "under another name"
    shutil.copytree(directory, other, ignore=shutil.ignore_patterns("build", ".sconsign*"))
    assert again(other, cache).steps == set()


def test_damaged_entries_are_built_anew(cached: tuple[Path, Path]) -> None:
    """Whatever happened to the files of the cache, the modules are right, and the cache is whole again."""
    entries = [path for path in cached[1].rglob("*") if len(path.name) == 32]
    for number, path in enumerate(sorted(entries)):
        os.truncate(path, 0 if number % 2 else path.stat().st_size // 2)
    run = again(*cached)
    assert found(run)[0] == 0
    assert f"{len(entries)} damaged entries were not used" in run.output
    assert again(*cached).steps == set()


def test_the_options_of_scons(cached: tuple[Path, Path]) -> None:
    """--cache-disable, --cache-readonly, --cache-show, --cache-force and -n do what they do elsewhere."""
    directory, cache = cached
    assert again(directory, cache, "--cache-disable").rebuilt == {"one", "two", "three"}
    shown = again(directory, cache, "--cache-show")
    assert ("MODULE", "one") in shown.steps
    assert found(shown)[0] == found(shown)[1]
    empty = cache.with_name("empty")
    again(directory, empty, "--cache-readonly")
    assert not list(empty.rglob("?" * 32))
    scons(directory, KERNEL, f"CACHE={empty}", "--cache-force")
    assert list(empty.rglob("?" * 32))
    shutil.rmtree(directory / "build")
    assert "one.ko' from cache" in scons(directory, KERNEL, f"CACHE={empty}", "-n").output
    assert module(directory, "one") is None


def test_a_cache_that_the_build_file_names(cached: tuple[Path, Path]) -> None:
    """`CacheDir` in SConstruct is checked as well, and CACHE= on the command line goes before it."""
    directory, cache = cached
    with (directory / "SConstruct").open("a", encoding="utf-8") as file:
        file.write(f"CacheDir({str(cache)!r})\n")
    for path in cache.rglob("?" * 32):
        os.truncate(path, 0)
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    assert "damaged entries were not used" in run.output


def test_a_cache_that_cannot_be_made(cached: tuple[Path, Path]) -> None:
    """The build goes on without."""
    blocked = cached[0] / "SConstruct" / "cache"
    assert "cannot be written" in again(cached[0], blocked).output
