"""Facts that nobody uses go; those in use stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tapsmith.facts_age import UNUSED_S, mark_used, prune


def made(root: Path, name: str, age_s: float) -> Path:
    """Return a directory of facts, last used so long ago."""
    directory = root / "8" / name / "place"
    directory.mkdir(parents=True)
    (directory / "facts.json").write_text("{}", encoding="ascii")
    then = time.time() - age_s
    os.utime(directory, (then, then))
    return directory


def test_what_is_unused_goes(tmp_path: Path) -> None:
    """Whatever the format; what was used in time stays."""
    old, young = made(tmp_path, "old", UNUSED_S + 60), made(tmp_path, "young", UNUSED_S - 60)
    prune(tmp_path)
    assert not old.exists()
    assert [path.name for path in old.parent.iterdir()] == []
    assert (young / "facts.json").is_file()


def test_what_is_used_stays(tmp_path: Path) -> None:
    """A use is noted where the last one is more than a day ago."""
    directory = made(tmp_path, "old", UNUSED_S + 60)
    mark_used(directory)
    prune(tmp_path)
    assert directory.is_dir()


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    """A directory that is being made now stays."""
    left, now = made(tmp_path, "a", 90_000), made(tmp_path, "b", 60)
    left = left.rename(left.with_name(".part-1"))
    now = now.rename(now.with_name(".part-2"))
    prune(tmp_path)
    assert not left.exists()
    assert now.is_dir()


def test_a_cache_that_cannot_be_written_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is removed then, and nothing raised."""
    directory = made(tmp_path, "old", UNUSED_S + 60)

    def refuse(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(os, "utime", refuse)
    mark_used(directory)
    prune(tmp_path)
    assert directory.is_dir()
