"""A registry in a directory: what it tells, and what is refused of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Project
from tapsmith.diagnostics import TapsmithError
from tapsmith.library import Library
from tapsmith.manifest import load_fragment
from tapsmith.packages.archive import unpack
from tapsmith.packages.content import fragment_digest
from tapsmith.packages.registry import Registry, archive_path, index_path
from tapsmith.packages.registry_write import add_to_registry, make_registry, yank
from tapsmith.packages.store import Store
from tapsmith.resolver.universe import release_of
from tapsmith.shipped import shipped_root

MANIFEST = """\
name: relay
version: {version}
summary: Sends things
license: GPL-2.0
requires:
  log: ^1.0
  stats: {{version: "^1.0", when: {{RELAY_MODE: slow, RELAY_SIZE: 0x10, RELAY_ON: true, RELAY_TEXT: "4"}}}}
provides: {{transport: default, channel: choice}}
conflicts: {{other: <2}}
kernel: ">=6.1"
kconfig: [RELAY]
config:
  RELAY_SIZE: {{type: int, default: 8, range: [1, 20], load: true, help: "Its size"}}
  RELAY_ANY: {{type: int, default: -3}}
  RELAY_ON: {{type: bool, default: false}}
  RELAY_MODE: {{type: enum, default: fast, choices: [fast, slow]}}
  RELAY_TEXT: {{type: string, default: "x"}}
constraints:
  STP_LEVELS: {{range: [2, 4]}}
  OVERFLOW: {{choices: [a, b]}}
sources: [relay.c]
exports:
  functions: {{relay_send: any}}
  types: [RELAY]
"""


def write(project: Project, version: str = "1.0.0", code: str = "int a;\n") -> Path:
    """Write the fragment in a version, and return its manifest."""
    root = project(
        {"manifests/relay.yaml": MANIFEST.format(version=version), "fragments/relay/relay.c": code}
    )
    return root / "manifests/relay.yaml"


@pytest.fixture
def registry(project: Project, tmp_path: Path) -> Path:
    """A registry with three versions of one fragment."""
    directory = tmp_path / "registry"
    make_registry(directory, "main")
    for version in ("1.0.0", "1.10.0", "1.9.0"):
        add_to_registry(directory, load_fragment(write(project, version)))
    return directory


def refusal(registry: Path, name: str = "relay") -> TapsmithError:
    """Return what reading a registry raises."""
    with pytest.raises(TapsmithError) as caught:
        Registry("main", registry).releases(name)
    return caught.value


def test_a_release_is_what_the_manifest_says(project: Project, registry: Path) -> None:
    """All that resolving looks at comes back from the index as from the manifest."""
    release = Registry("main", registry).releases("relay")[0]
    fragment = load_fragment(write(project, "1.10.0"))
    known = release_of(fragment)
    for key in ("name", "version", "provides", "default_of", "kernel", "kconfig"):
        assert getattr(release, key) == getattr(known, key)
    assert [(r.name, r.range) for r in release.requires] == [(r.name, r.range) for r in known.requires]
    assert [(r.name, r.range) for r in release.conflicts] == [(r.name, r.range) for r in known.conflicts]
    assert [(m.name, m.kind, m.default, m.limits, m.load) for m in release.config] == [
        (m.name, m.kind, m.default, m.limits, m.load) for m in known.config
    ]
    assert [(c.macro, str(c.limits)) for c in release.constraints] == [
        (c.macro, str(c.limits)) for c in known.constraints
    ]
    assert release.origin == "registry main"
    assert release.exports == ("relay_send", "RELAY")
    assert str(release.place) == f"{registry}/index/re/la/relay:2"


def test_a_condition_means_in_the_index_what_it_means_in_the_manifest(
    project: Project, registry: Path
) -> None:
    """Values of conditions keep their types."""
    release = Registry("main", registry).releases("relay")[0]
    macros = {macro.name: macro for macro in release.config}
    given = {s.macro: macros[s.macro].parse(s.value) for s in release.requires[1].when}
    assert given == {"RELAY_MODE": "slow", "RELAY_SIZE": 16, "RELAY_ON": True, "RELAY_TEXT": "4"}


def test_newest_first_by_number(registry: Path) -> None:
    """1.10 is above 1.9, whatever the order of lines."""
    releases = Registry("main", registry).releases("relay")
    assert [str(release.version) for release in releases] == ["1.10.0", "1.9.0", "1.0.0"]


def test_an_archive_holds_the_fragment(project: Project, registry: Path, tmp_path: Path) -> None:
    """Its hash is the index's, and so is that of the files in it."""
    found = Registry("main", registry)
    release = found.releases("relay")[0]
    data, place = found.archive(release.archive, "relay", None)
    assert len(data) == release.size
    fragment = Store(tmp_path / "cache").put("relay", unpack(data, place), place)
    assert fragment_digest(fragment) == release.sha256
    assert fragment == Store(tmp_path / "cache").get("relay", release.sha256)


def test_an_altered_archive_is_refused(registry: Path) -> None:
    """The hash is checked before anything is unpacked."""
    found = Registry("main", registry)
    release = found.releases("relay")[0]
    path = registry / archive_path(release.archive)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(TapsmithError) as caught:
        found.archive(release.archive, "relay", None)
    assert caught.value.codes == ("bad-archive",)
    path.unlink()
    with pytest.raises(TapsmithError) as caught:
        found.archive(release.archive, "relay", None)
    assert caught.value.codes == ("missing-archive",)


def test_a_version_never_changes(project: Project, registry: Path) -> None:
    """The same content again is nothing new, another one is refused."""
    before = (registry / "index/re/la/relay").read_bytes()
    add_to_registry(registry, load_fragment(write(project, "1.9.0")))
    assert (registry / "index/re/la/relay").read_bytes() == before
    with pytest.raises(TapsmithError) as caught:
        add_to_registry(registry, load_fragment(write(project, "1.9.0", "int b;\n")))
    assert caught.value.codes == ("version-taken",)


def test_a_yank_and_its_reason(registry: Path) -> None:
    """A yanked version stays, with why nobody should take it."""
    yank(registry, "relay", "1.10.0", "it crashes")
    assert [r.yanked for r in Registry("main", registry).releases("relay")] == ["it crashes", None, None]
    yank(registry, "relay", "1.10.0", None)
    assert [r.yanked for r in Registry("main", registry).releases("relay")] == [None, None, None]
    with pytest.raises(TapsmithError) as caught:
        yank(registry, "relay", "7.0.0", "gone")
    assert caught.value.codes == ("unknown-version",)


def test_virtual_names_and_names_for_messages(registry: Path) -> None:
    """Who provides a virtual name is in a small file; names are told without opening any."""
    found = Registry("main", registry)
    assert found.providers("transport") == ("relay",)
    assert found.providers("relay") == ()
    (registry / "index/re/la/relay").write_text("damaged", encoding="utf-8")
    assert sorted(found.names()) == ["channel", "relay", "transport"]


@pytest.mark.parametrize(
    ("name", "path"),
    [("a", "1/a"), ("ab", "2/ab"), ("abc", "3/a/abc"), ("abcd", "ab/cd/abcd"), ("a_b1c", "a_/b1/a_b1c")],
)
def test_names_are_spread_over_directories(name: str, path: str) -> None:
    """As in Cargo's index."""
    assert index_path(name) == path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "1"),
        ("version", None),
        ("archive", "../../../etc/passwd"),
        ("sha256", None),
        ("size", "3"),
        ("yanked", True),
        ("yanked", "\x1b[2J"),
        ("summary", "two\nlines"),
        ("summary", 3),
        ("exports", ["\x1b[2J"]),
        ("requires", [["../x", "^1"]]),
        ("requires", [["x", "1"]]),
        ("requires", [["x"]]),
        ("requires", 3),
        ("requires", [["x", "^1", {"M": None}, 3]]),
        ("config", {"M": {"type": "int", "default": None}}),
        ("config", {"M": {"type": "int", "default": 1, "range": ["a", 2]}}),
        ("constraints", [1]),
        ("provides", {"A/b": "default"}),
        ("kernel", 6),
    ],
)
def test_a_damaged_line_is_refused_with_its_place(registry: Path, key: str, value: object) -> None:
    """The message names file and line; no traceback, no path outside of the registry."""
    path = registry / "index/re/la/relay"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), key: value})
    path.write_text("\n".join([*lines, "{", "[]"]), encoding="utf-8")
    error = refusal(registry)
    assert set(error.codes) == {"bad-index"}
    assert [problem.place.line for problem in error.problems if problem.place] == [2, 4, 5]


def test_a_version_is_listed_once(registry: Path) -> None:
    """Two lines of one version could mean two contents."""
    path = registry / "index/re/la/relay"
    path.write_text(path.read_text(encoding="utf-8") * 2, encoding="utf-8")
    assert refusal(registry).codes == ("bad-index",) * 3


def test_what_is_no_registry_is_refused(registry: Path, tmp_path: Path) -> None:
    """A missing directory is unreachable; a format of the future is not guessed at."""
    assert refusal(tmp_path / "nowhere").codes == ("registry-unreachable",)
    (registry / "config.json").write_text('{"format": 2, "name": "x"}', encoding="utf-8")
    assert "is of format 2" in str(refusal(registry))
    (registry / "config.json").write_text("[]", encoding="utf-8")
    assert refusal(registry).codes == ("bad-registry",)
    (registry / "config.json").unlink()
    assert "it has no config.json" in str(refusal(registry))


def test_the_shipped_fragments_make_a_registry(tmp_path: Path) -> None:
    """Each of them goes through pack, index and cache and is the same."""
    make_registry(tmp_path / "r", "main")
    found = Registry("main", tmp_path / "r")
    for fragment in Library.load([shipped_root()]).fragments.values():
        add_to_registry(tmp_path / "r", fragment)
        (release,) = found.releases(fragment.name)
        data, place = found.archive(release.archive, "relay", None)
        kept = Store(tmp_path / "cache").put(fragment.name, unpack(data, place), place)
        assert fragment_digest(kept) == fragment_digest(fragment) == release.sha256
