"""`tapsmith export`: a registry as an OCI image layout."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from origins import World
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages import oci, oci_layout
from tapsmith.packages.oci import Blob, decode_index, decode_manifest, digits, find_part, names_part
from tapsmith.packages.oci_layout import export
from test_mirror import files as entries


def quiet(message: str) -> None:
    """Say nothing."""


def files(registry: Path) -> dict[str, bytes]:
    """Return the files of a registry by their paths."""
    return {path: data for path, data in entries(registry).items() if data is not None}


def told(layout: Path) -> dict[str, bytes]:
    """Return the files that a layout leads to, by their paths in the registry, each checked by its hash."""
    blobs = layout / "blobs/sha256"

    def read(sha256: str) -> bytes:
        data = (blobs / sha256).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
        return data

    (top,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    parts = decode_index(read(top["digest"].removeprefix("sha256:"))).values()
    manifests = [decode_manifest(read(part.sha256)) for part in parts]
    return {path: read(blob.sha256) for found in manifests for path, blob in found.items()}


def test_it_leads_to_the_registry(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Byte for byte; again, it writes nothing but what is new, and drops what nothing leads to."""
    world.publish("relay", "1.0.0", "provides: {transport: default}\n")
    assert main(["export", "main", "layout"]) == 0
    layout = world.app / "layout"
    assert told(layout) == files(world.registry)
    assert "layout: 3 fragments in 5 versions, 1" in capsys.readouterr().out
    before = {path.name for path in layout.glob("blobs/sha256/*")}
    assert main(["export", "../registry", "layout", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["fragments"], again["versions"], again["new_blobs"], again["new_bytes"]) == (3, 5, 0, 0)
    assert again["directory"] == "layout"
    world.publish("deep", "1.2.0")
    assert main(["export", "main", "layout"]) == 0
    # The archive, the file of the index, the manifest of its part, and what lists that one.
    assert "in 6 versions, 4 new files" in capsys.readouterr().out
    after = {path.name for path in layout.glob("blobs/sha256/*")}
    assert (len(after - before), len(before - after)) == (4, 3)
    assert told(layout) == files(world.registry)


def test_it_is_the_same_for_the_same_registry(world: World) -> None:
    """So a push of it moves nothing."""
    first, second = (export(world.registry, world.root / name, quiet).digest for name in "ab")
    assert first == second


@pytest.mark.parametrize("names", [1, 100, 101, 1600, 1601, 26_000])
def test_a_name_is_found_in_its_part(names: int) -> None:
    """However many there are; what no part would have is nowhere."""
    length = digits(names)
    known = [f"fragment_{number}" for number in range(min(names, 2000))]
    parts = {names_part(name, length): Blob(names_part(name, 64), 1) for name in known}
    assert len(parts) == 1 or len(parts) > 10
    for name in known:
        for path in (f"index/fr/ag/{name}", f"virtual/fr/ag/{name}"):
            part = find_part(parts, path)
            assert part
            assert part.sha256.startswith(names_part(name, length))
    assert find_part({}, "index/fr/ag/fragment_1") is None
    assert find_part(parts, "config.json") is None


def test_many_names_are_in_many_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each small enough for every server; what would be too large is refused, and the layout stays."""
    monkeypatch.setattr(oci, "_FULL", 1)
    export(world.registry, world.root / "layout", quiet)
    assert told(world.root / "layout") == files(world.registry)
    before = (world.root / "layout/index.json").read_bytes()
    (top,) = json.loads(before)["manifests"]
    data = (world.root / "layout/blobs/sha256" / top["digest"].removeprefix("sha256:")).read_bytes()
    assert len(decode_index(data)) == 3
    monkeypatch.setattr(oci_layout, "LARGEST_MANIFEST", 1000)
    with pytest.raises(TapsmithError) as caught:
        export(world.registry, world.root / "layout", quiet)
    assert caught.value.codes == ("too-large",)
    assert (world.root / "layout/index.json").read_bytes() == before


def test_killed_at_any_file_it_leaves_a_layout_that_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one or the new; and the next time it is the new one."""
    layout = world.root / "layout"
    export(world.registry, layout, quiet)
    old = told(layout)
    world.publish("deep", "1.2.0")
    real = os.rename
    # Four blobs, and then what leads to them.
    for _ in range(6):
        left = [1]

        def dying(source: Path, target: Path, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            real(source, target)

        monkeypatch.setattr(os, "rename", dying)
        with pytest.raises(KeyboardInterrupt):
            export(world.registry, layout, quiet)
        assert told(layout) == old
        monkeypatch.setattr(os, "rename", real)
    export(world.registry, layout, quiet)
    assert told(layout) == files(world.registry)


def test_what_is_damaged_is_written_anew(world: World) -> None:
    """A loss of power may leave a name without all of its bytes."""
    layout = world.root / "layout"
    export(world.registry, layout, quiet)
    for path in list(layout.glob("blobs/sha256/*"))[::3]:
        path.write_bytes(bytes(path.stat().st_size))
    export(world.registry, layout, quiet)
    assert told(layout) == files(world.registry)


@pytest.mark.parametrize("what", ["file", "directory", "image"])
def test_it_writes_over_nothing_of_others(
    world: World, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """A file, another directory, a layout with an image."""
    there = world.app / "there"
    if what == "file":
        there.write_text("mine", encoding="utf-8")
    else:
        there.mkdir()
        (there / "index.json").write_text('{"manifests": [{}]}' if what == "image" else "x", encoding="utf-8")
    assert main(["export", "main", "there"]) == 2
    assert "[exists]" in capsys.readouterr().err


def test_what_cannot_be_exported(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no registry here, what is on a server, and what has lost an archive."""
    assert main(["export", "nothing", "layout"]) == 2
    assert "[unknown-registry]" in capsys.readouterr().err
    assert main(["export", "../beside", "layout"]) == 2
    assert "[registry-unreachable]" in capsys.readouterr().err
    assert not (world.app / "layout").exists()
    text = "registries:\n  far: {url: 'oci://example.org/a'}\n"
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    assert main(["export", "far", "layout"]) == 2
    assert "mend: `tapsmith mirror far DIRECTORY`, then export that" in capsys.readouterr().err
    next(world.registry.glob("archives/*/*")).unlink()
    assert main(["export", "../registry", "layout"]) == 2
    assert "[missing-archive]" in capsys.readouterr().err
