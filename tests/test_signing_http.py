"""A signed registry on a web server."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from origins import World, versions
from signatures import Signed, quiet, sign_world
from tapsmith.cli import main
from tapsmith.packages.project import load_project
from tapsmith.signing import signing
from tapsmith.signing.roots import refresh, rotate
from webserver import Server


def pin(signed: Signed) -> None:
    """Name the root in tapsmith.yaml, beside the URL that is there."""
    world = signed.world
    (known,) = load_project(world.app).registries
    shutil.copy(signed.pinned, world.app / "main.root.json")
    text = f"registries:\n  main: {{url: '{known.url}', root: main.root.json}}\n"
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def pinned(served: World) -> Signed:
    """The project with its registry on nginx, signed, and the root pinned."""
    signed = sign_world(served)
    pin(signed)
    return signed


def test_it_is_read_over_a_network_and_then_without(
    pinned: Signed, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lock is made, and made again offline; what is published is seen once the network is asked."""
    world = pinned.world
    assert main(["lock"]) == 0
    assert versions(world)["deep"] == "1.1.0"
    pinned.add("1.2.0")
    assert main(["update", "--offline"]) == 0
    assert versions(world)["deep"] == "1.1.0"
    assert main(["update"]) == 0
    assert versions(world)["deep"] == "1.2.0"
    rotate(pinned.at, pinned.rule("root2", by="main2"), pinned.keys("root", "main"), quiet)
    pinned.add("1.3.0", by="main2")
    assert main(["update"]) == 0
    assert versions(world)["deep"] == "1.3.0"
    shutil.rmtree(world.root / "cache")
    capsys.readouterr()
    assert main(["update", "--offline"]) == 2
    assert "not-cached" in capsys.readouterr().err


def test_what_has_run_out_is_refused_offline_as_well(
    pinned: Signed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy in the cache counts no longer than its signature."""
    real = signing.now
    with monkeypatch.context() as patch:
        patch.setattr(signing, "now", lambda: real() - timedelta(days=31))
        refresh(pinned.at, pinned.keys("main"), quiet)
    for words in (["lock"], ["lock", "--offline"]):
        assert main(words) == 2
        assert "signature-expired" in capsys.readouterr().err
    refresh(pinned.at, pinned.keys("main"), quiet)
    assert main(["lock"]) == 0


def test_little_is_asked_where_nothing_changed(server: Server, world: World) -> None:
    """Then only for a newer root and the timestamp."""
    signed = sign_world(world)
    pin(signed)
    assert main(["lock"]) == 0
    server.asked.clear()
    assert main(["update"]) == 0
    assert sorted(asked.path for asked in server.asked) == [
        "/signed/2.root.json",
        "/signed/timestamp.json",
    ]
