"""Archives of fragments: always the same going in, nothing trusted coming out."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Project
from scons_project import files
from tapsmith.cli import main
from tapsmith.diagnostics import Place, TapsmithError
from tapsmith.manifest import load_fragment
from tapsmith.packages.additions import pack_fragment
from tapsmith.packages.archive import Bounds, pack, unpack
from tapsmith.packages.content import digest, fragment_digest, fragment_files
from tapsmith.packages.store import Store

HERE = Place(Path("some.tar.gz"))
FILES = {"manifests/a.yaml": b"name: a\n", "fragments/a/a.c": b"int a;\n"}


def member(name: str, content: bytes = b"x", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of an archive, whatever is wrong with it."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def made(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return an archive that no `pack` would write."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue())


def refusal(data: bytes, **bounds: int) -> str:
    """Return why an archive is refused."""
    with pytest.raises(TapsmithError) as caught:
        unpack(data, HERE, Bounds(**bounds))
    assert caught.value.codes == ("bad-archive",)
    return caught.value.problems[0].message


def test_what_was_packed_comes_out() -> None:
    """Names and bytes are kept."""
    assert unpack(pack(FILES), HERE) == FILES


def test_equal_files_give_equal_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the order of files nor the time nor who packs is in an archive."""
    first = pack(FILES)
    monkeypatch.setattr("time.time", lambda: 0.0)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert pack(dict(reversed(FILES.items()))) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        assert [(m.name, m.mode, m.mtime, m.uid, m.uname) for m in tar] == [
            (name, 0o644, 0, 0, "") for name in sorted(FILES)
        ]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../a.c", "a/../../b", "a//b", "./a", ".git/config", "a\\b", "a\nb", "-rf", "a" * 201],
)
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    """No file can land outside of the archive's directory, or where tools look by themselves."""
    assert "no plain name" in refusal(made(member(name)))


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE],
)
def test_what_is_no_plain_file_is_refused(kind: bytes) -> None:
    """Links could lead out; devices and pipes are no part of a fragment."""
    assert "`a` is no plain file" in refusal(made(member("a", b"", type=kind, linkname="/etc/passwd")))


def test_a_sparse_file_is_refused() -> None:
    """It could be as large as it likes to say."""
    pax = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    assert "some.tar.gz is refused" in refusal(made(member("a", b"0\n" + bytes(510), pax_headers=pax)))


@pytest.mark.parametrize(("first", "second"), [("a", "a"), ("a/b", "a/B")])
def test_a_name_comes_once(first: str, second: str) -> None:
    """A second file of one name would silently win, or lose."""
    assert f"`{second}` is in it twice" in refusal(made(member(first), member(second)))


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a")])
def test_a_file_is_no_directory(names: tuple[str, str]) -> None:
    """One name is one thing."""
    assert "a file and a directory at once" in refusal(made(*map(member, names)))


def test_too_many_files_are_refused() -> None:
    """The number of files is bounded."""
    data = made(*(member(f"f{number}") for number in range(4)))
    assert "more than 3 files" in refusal(data, files=3)
    assert len(unpack(data, HERE, Bounds(files=4))) == 4


def test_too_much_content_is_refused() -> None:
    """The size of all files together is bounded."""
    data = made(member("a", os.urandom(200_000)))
    assert "more than 100000 bytes" in refusal(data, size=100_000)


def test_a_bomb_is_refused_unread() -> None:
    """A small archive that would unpack to a large one is given up at the bound."""
    data = made(member("a", bytes(10 << 20)))
    assert len(data) < 20_000
    assert "more than 100 times its size" in refusal(data)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[:-20], "cut short"),
        (lambda data: data + b"more", "something follows"),
        (lambda data: b"no archive", "no gzip file"),
        (lambda data: gzip.compress(b"no tar" * 100), "no tar file"),
        (lambda data: gzip.compress(gzip.decompress(data)[:600]), ""),
    ],
)
def test_a_damaged_archive_is_refused(spoil: Callable[[bytes], bytes], why: str) -> None:
    """Damage is a refusal, never half a fragment."""
    assert why in refusal(spoil(made(member("a", bytes(range(256)) * 10))))


def test_an_archive_is_just_one_fragment(project: Project) -> None:
    """A file that is no part of the fragment could be included by a macro, unseen by its hash."""
    fragment = load_fragment(project(files()) / "manifests/tick.yaml")
    own = fragment_files(fragment)
    assert list(own) == ["fragments/tick/tick.c", "manifests/tick.yaml"]
    store = Store(fragment.directory / "cache")
    for extra in ("fragments/tick/hidden.h", "manifests/tock.yaml", "fragments/tock/tock.c"):
        with pytest.raises(TapsmithError, match=f"`{extra}` is no part of fragment `tick`"):
            store.put("tick", {**own, extra: b""}, HERE)
    with pytest.raises(TapsmithError, match=r"it has no manifests/tack\.yaml"):
        store.put("tack", own, HERE)
    assert list((store.root / "fragments").iterdir()) == []


def test_a_manifest_with_mistakes_is_refused_as_its_archive_s(project: Project) -> None:
    """The message names the archive, not a draft in the cache."""
    fragment = load_fragment(project(files()) / "manifests/tick.yaml")
    own = {**fragment_files(fragment), "manifests/tick.yaml": b"name: tick\nwrong: 1\n"}
    with pytest.raises(TapsmithError) as caught:
        Store(fragment.directory / "cache").put("tick", own, HERE)
    assert "some.tar.gz is refused: its fragment has mistakes" in str(caught.value)
    assert "\nmanifests/tick.yaml:2:1: error: key `wrong` is unknown here" in str(caught.value)


def test_a_damaged_entry_of_the_cache_is_as_none(project: Project) -> None:
    """The hash is checked at each use; what does not have it is taken away."""
    fragment = load_fragment(project(files()) / "manifests/tick.yaml")
    sha256 = fragment_digest(fragment)
    store = Store(fragment.directory / "cache")
    kept = store.put("tick", fragment_files(fragment), HERE)
    assert kept.place.file.is_relative_to(store.root)
    found = store.get("tick", sha256)
    assert found == kept
    kept.sources[0].path.write_text("int other;\n", encoding="utf-8")
    assert store.get("tick", sha256) is None
    assert not kept.sources[0].path.exists()
    assert store.put("tick", fragment_files(fragment), HERE) == kept


def test_two_may_write_one_entry(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second finds the first one's files in place, and says nothing."""
    fragment = load_fragment(project(files()) / "manifests/tick.yaml")
    store = Store(fragment.directory / "cache")
    own = fragment_files(fragment)
    rename = os.rename

    def late(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "rename", rename)
        store.put("tick", own, HERE)
        rename(source, target)

    monkeypatch.setattr(os, "rename", late)
    assert store.put("tick", own, HERE) == store.get("tick", digest(own))


def test_a_cache_that_cannot_be_written_is_a_refusal(project: Project) -> None:
    """A message with a mend, no traceback."""
    fragment = load_fragment(project({**files(), "cache": "a file"}) / "manifests/tick.yaml")
    with pytest.raises(TapsmithError) as caught:
        Store(fragment.directory.parents[1] / "cache").put("tick", fragment_files(fragment), HERE)
    assert caught.value.codes == ("cannot-write",)


def test_pack_writes_what_unpack_reads(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints the archive's hash and its file; the root's LICENSE goes with it."""
    monkeypatch.chdir(project({**files(), "LICENSE": "GPL", "fragments/tick/unused.txt": "no part"}))
    assert main(["pack", "tick", "-o", "out"]) == 0
    sha256, path = capsys.readouterr().out.split()
    data = Path(path).read_bytes()
    assert path == "out/tick-1.0.0.tar.gz"
    assert data == pack_fragment(load_fragment(Path("manifests/tick.yaml")))
    assert list(unpack(data, HERE)) == [
        "fragments/tick/LICENSE",
        "fragments/tick/tick.c",
        "manifests/tick.yaml",
    ]
    assert len(sha256) == 64
    assert main(["pack", "tik"]) == 2
    assert "did you mean `tick`?" in capsys.readouterr().err
