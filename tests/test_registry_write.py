"""Writing to a registry: killed at any moment, by several at once, and on to the disk."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from origins import write_fragment
from tapsmith.diagnostics import TapsmithError
from tapsmith.manifest import Fragment, load_fragment
from tapsmith.packages.archive import unpack
from tapsmith.packages.listings import listings, listings_of_index
from tapsmith.packages.registry import CATALOGUE, Registry, archive_path
from tapsmith.packages.registry_write import add_to_registry, make_registry, publish, yank

CALLS = ("open", "mkdir", "chmod", "fsync", "rename", "ftruncate", "pwrite", "rmdir", "unlink")
"""The calls of the system by which a registry changes."""
MORE = "provides: [store]\n"


def fragment(root: Path, name: str, version: str = "1.0.0", value: int = 1) -> Fragment:
    """Return a fragment, written below a directory of its own."""
    return load_fragment(write_fragment(root / f"{name}-{version}-{value}", name, version, MORE, value))


def contents(directory: Path) -> dict[str, bytes | None]:
    """Return all there is below a directory; of directories just the names."""
    return {
        str(path.relative_to(directory)): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }


def killed(call: int, act: Callable[[], object]) -> bool:
    """Do something in a process that kills itself before its nth call; tell whether it came to that."""
    child = os.fork()
    if child == 0:
        left = [call]

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def wrapped(*given: Any, **named: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return wrapped

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def added_at_once(directory: Path, fragments: Sequence[Fragment]) -> list[int]:
    """Add each fragment in a process of its own; return 0, or 2 where the version was taken, of each."""
    children = []
    for one in fragments:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                add_to_registry(directory, one)
                status = 0
            except TapsmithError as error:
                status = 2 if error.codes == ("version-taken",) else 1
            finally:
                os._exit(status)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def check_readable(directory: Path, known: dict[str, set[str]]) -> None:
    """Fail if a reader of the registry meets anything but whole releases, each with its archive."""
    registry = Registry("main", directory)
    for name, versions in known.items():
        releases = registry.releases(name)
        assert {str(release.version) for release in releases} <= versions
        for release in releases:
            data, place = registry.archive(release.archive, str(release), None)
            assert f"manifests/{name}.yaml" in unpack(data, place)
            assert name in registry.providers("store")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for no disk: a process that is killed loses nothing of what it wrote."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A registry with one version of one fragment."""
    directory = tmp_path / "before"
    make_registry(directory, "main")
    add_to_registry(directory, fragment(tmp_path, "spikes"))
    return directory


def test_a_killed_publish_leaves_a_registry_that_works(tmp_path: Path, before: Path) -> None:
    """Killed before each of its calls, and done again, it ends as one that nobody disturbed."""
    added = [fragment(tmp_path, "spikes", "1.1.0"), fragment(tmp_path, "frames")]
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(before, undisturbed)
    publish(undisturbed, added)
    call = 0
    while True:
        directory = tmp_path / f"killed{call}"
        shutil.copytree(before, directory)
        if not killed(call, lambda directory=directory: publish(directory, added)):
            break
        check_readable(directory, {"spikes": {"1.0.0", "1.1.0"}, "frames": {"1.0.0"}})
        # Whoever writes next, whatever it is, finds the catalogue behind and mends it.
        yank(directory, "spikes", "1.0.0", None)
        registry = Registry("main", directory)
        assert list(listings(registry)) == list(listings_of_index(registry)), call
        publish(directory, added)
        assert contents(directory) == contents(undisturbed), call
        call += 1
    # Five files, each made, flushed and renamed, and the lock's own.
    assert call > 40
    assert contents(directory) == contents(undisturbed)


def test_a_killed_yank_leaves_one_line_or_the_other(tmp_path: Path, before: Path) -> None:
    """The mark is there or not; whoever writes next mends the catalogue as well."""
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(before, undisturbed)
    yank(undisturbed, "spikes", "1.0.0", "it crashes")
    add_to_registry(undisturbed, fragment(tmp_path, "frames"))
    seen = set()
    call = 0
    while True:
        directory = tmp_path / f"killed{call}"
        shutil.copytree(before, directory)
        if not killed(call, lambda directory=directory: yank(directory, "spikes", "1.0.0", "it crashes")):
            break
        (release,) = Registry("main", directory).releases("spikes")
        seen.add(release.yanked)
        if release.yanked:
            # It is another fragment that is written next.
            add_to_registry(directory, fragment(tmp_path, "frames"))
            assert contents(directory) == contents(undisturbed), call
        call += 1
    assert seen == {None, "it crashes"}


def test_a_killed_creation_is_begun_again(tmp_path: Path) -> None:
    """A registry is there with its config.json, or can be made."""
    undisturbed = tmp_path / "undisturbed"
    make_registry(undisturbed, "main")
    call = 0
    while killed(call, lambda: make_registry(tmp_path / "new", "main")):
        make_registry(tmp_path / "new", "main")
        assert contents(tmp_path / "new") == contents(undisturbed), call
        shutil.rmtree(tmp_path / "new")
        call += 1
    assert call > 5


def test_many_publishers_lose_nothing(tmp_path: Path, before: Path) -> None:
    """Processes with other fragments, other versions and the same one come to all of it, each once."""
    work = [
        fragment(tmp_path, name, f"2.{minor}.0")
        for name in ("spikes", "frames", "deep")
        for minor in range(4)
    ]
    assert set(added_at_once(before, [*work, *work])) == {0}
    registry = Registry("main", before)
    for name in ("spikes", "frames", "deep"):
        versions = [str(release.version) for release in registry.releases(name)]
        assert versions[:4] == ["2.3.0", "2.2.0", "2.1.0", "2.0.0"]
        assert len(versions) == (5 if name == "spikes" else 4)
        for release in registry.releases(name):
            registry.archive(release.archive, str(release), None)
    assert registry.providers("store") == ("deep", "frames", "spikes")
    lines = (before / CATALOGUE).read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        [f'{{"name":"{name}"', '"version":"2.3.0"'] for name in ("deep", "frames", "spikes")
    ]
    assert not (before / ".drafts").exists()


def test_of_two_contents_of_a_version_one_is_taken(tmp_path: Path, before: Path) -> None:
    """Whoever comes second is refused, and writes nothing."""
    rivals = [fragment(tmp_path, "frames", "1.0.0", value) for value in range(8)]
    ends = sorted(added_at_once(before, rivals))
    assert ends == [0, *[2] * 7]
    assert len(Registry("main", before).releases("frames")) == 1
    assert len(list((before / "archives").rglob("*.tar.gz"))) == 2


def test_what_is_renamed_is_on_the_disk(
    tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is flushed before its rename, and the directory afterwards, before the next is begun."""
    told: list[tuple[str, str]] = []
    real = os.rename

    def fsync(descriptor: int) -> None:
        told.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}")))

    def rename(source: Path, target: Path) -> None:
        told.append(("rename", str(target)))
        assert told[-2] == ("fsync", str(source))
        real(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    add_to_registry(before, fragment(tmp_path, "frames"))
    renamed = [position for position, (kind, _) in enumerate(told) if kind == "rename"]
    for position in renamed:
        assert told[position + 1] == ("fsync", str(Path(told[position][1]).parent))
    parts = [Path(told[position][1]).relative_to(before).parts[0] for position in renamed]
    assert parts == ["archives", "virtual", "index", CATALOGUE]


def test_a_lost_archive_comes_back(tmp_path: Path, before: Path) -> None:
    """The same content again puts back what is missing of it."""
    (release,) = Registry("main", before).releases("spikes")
    expected = contents(before)
    (before / archive_path(release.archive)).unlink()
    (before / "virtual/st/or/store").unlink()
    (before / CATALOGUE).write_text("damaged\n", encoding="utf-8")
    add_to_registry(before, fragment(tmp_path, "spikes"))
    assert contents(before) == expected


def test_a_yanked_version_is_taken_as_well(tmp_path: Path, before: Path) -> None:
    """The number of what was taken back is not free for another content."""
    yank(before, "spikes", "1.0.0", "it crashes")
    expected = contents(before)
    with pytest.raises(TapsmithError) as caught:
        add_to_registry(before, fragment(tmp_path, "spikes", value=2))
    assert caught.value.codes == ("version-taken",)
    assert "and was yanked" in str(caught.value)
    add_to_registry(before, fragment(tmp_path, "spikes"))
    assert contents(before) == expected


def test_a_full_disk(tmp_path: Path, before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, whichever file it hits; no half file is left, and the same again ends well."""
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(before, undisturbed)
    add_to_registry(undisturbed, fragment(tmp_path, "frames"))
    for call in range(4):
        directory = tmp_path / f"full{call}"
        shutil.copytree(before, directory)
        left = [call]

        def rename(source: Path, target: Path, left: list[int] = left) -> None:
            left[0] -= 1
            os.replace(source, target)

        def fsync(descriptor: int, left: list[int] = left) -> None:
            if left[0] == 0 and "/.drafts/" in os.readlink(f"/proc/self/fd/{descriptor}"):
                raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(os, "rename", rename)
            full.setattr(os, "fsync", fsync)
            with pytest.raises(TapsmithError) as caught:
                add_to_registry(directory, fragment(tmp_path, "frames"))
        assert caught.value.codes == ("cannot-write",)
        assert "No space left on device" in str(caught.value)
        assert list((directory / ".drafts").iterdir()) == []
        check_readable(directory, {"spikes": {"1.0.0"}, "frames": {"1.0.0"}})
        add_to_registry(directory, fragment(tmp_path, "frames"))
        assert contents(directory) == contents(undisturbed)


def test_an_index_that_lost_its_last_newline(tmp_path: Path, before: Path) -> None:
    """An editor may have taken it; two versions do not become one line."""
    path = before / "index/sp/ik/spikes"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    add_to_registry(before, fragment(tmp_path, "spikes", "1.1.0"))
    assert len(Registry("main", before).releases("spikes")) == 2


def test_another_license_is_another_content(tmp_path: Path, before: Path) -> None:
    """The hash of the files does not cover LICENSE; the archive does."""
    again = fragment(tmp_path, "spikes")
    (again.directory / "LICENSE").write_text("Mine.\n", encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        add_to_registry(before, again)
    assert caught.value.codes == ("version-taken",)


def test_where_nothing_can_be_written(tmp_path: Path, before: Path) -> None:
    """A file in place of a directory is told with its path; no draft stays."""
    shutil.rmtree(before / "archives")
    (before / "archives").write_text("", encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        add_to_registry(before, fragment(tmp_path, "frames"))
    assert caught.value.codes == ("cannot-write",)
    (before / "archives").unlink()
    add_to_registry(before, fragment(tmp_path, "frames"))
    assert not (before / ".drafts").exists()
