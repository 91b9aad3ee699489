"""A registry in an OCI registry: Debian's docker-registry, with what skopeo copied into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import oci_server
from oci_server import OciServer
from origins import World, edit, versions
from scons_project import module, scons
from served import use
from signatures import sign_world
from tapsmith.cli import main
from tapsmith.kernel import Target
from tapsmith.network import Network
from tapsmith.packages.oci_tree import OciTree
from tapsmith.packages.registry import Registry
from tapsmith.packages.registry_write import yank
from test_mirror import files
from test_signing_http import pin
from tokens import tokens


def reopened(world: World, url: str, network: Network = Network.OPEN) -> Registry:
    """Return the registry as another run sees it."""
    return Registry("main", OciTree("main", url, None, world.root / "cache", network))


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is refused; return what it says."""
    capsys.readouterr()
    assert main(arguments) == 2
    return capsys.readouterr().err


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command; return what it prints."""
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_a_lock_is_the_same_from_there_and_from_the_directory(world: World, oci: OciServer) -> None:
    """Where the files come from makes no difference to what is locked."""
    assert main(["lock"]) == 0
    over_network = world.lock.read_text(encoding="utf-8")
    assert versions(world)["deep"] == "1.1.0"
    world.lock.unlink()
    (world.app / "tapsmith.yaml").write_text("registries: {main: {path: ../registry}}\n", encoding="utf-8")
    assert main(["lock"]) == 0
    assert world.lock.read_text(encoding="utf-8") == over_network


def test_what_is_pushed_is_seen(world: World, oci: OciServer, capsys: pytest.CaptureFixture[str]) -> None:
    """A new version, a yank and its reason, by the next command that may ask."""
    assert main(["lock"]) == 0
    assert "deep 2.0.0 (registry main)" in said(capsys, "search", "deep")
    assert "deeper_value" in said(capsys, "info", "deeper")
    world.publish("deep", "1.2.0", "requires: {deeper: ^1.0}\n", calls="deeper_value")
    yank(world.registry, "deep", "1.1.0", "it crashes")
    oci.push(world.registry)
    assert "it crashes" not in said(capsys, "outdated", "--offline")
    assert "it crashes" in said(capsys, "outdated")
    assert "deep 1.1.0 (registry main) -> 1.2.0 (registry main)" in said(capsys, "update")


def test_one_question_where_nothing_changed(world: World, oci: OciServer) -> None:
    """Whatever is read; and what changed is asked for alone."""
    assert [str(r.version) for r in reopened(world, oci.url()).releases("deep")] == [
        "2.0.0",
        "1.1.0",
        "1.0.0",
    ]
    assert all(status == "200" for _, status in oci.asked())
    again = reopened(world, oci.url())
    assert (len(again.releases("deep")), again.releases("nothing"), bool(again.catalogue())) == (3, (), True)
    # The catalogue had not been read before.
    ((top, top_status), (blob, _)) = oci.asked()
    assert (top, top_status, blob.startswith("blobs/")) == ("manifests/latest", "304", True)
    world.publish("other", "1.0.0")
    oci.push(world.registry)
    oci.asked()
    again = reopened(world, oci.url())
    assert (len(again.releases("deep")), len(again.releases("other"))) == (3, 1)
    # The index and both parts, config.json and the new file; not the one of `deep`.
    assert [kind.partition("/")[0] for kind, _ in oci.asked()] == ["manifests"] * 2 + ["manifests", "blobs"]


def test_offline_everything_is_in_the_cache(
    world: World, oci_home: Path, no_proxy: None, any_kernel: Target, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Once fetched, also on another machine, all commands and the build need no server."""
    monkeypatch.delenv("CI", raising=False)
    with oci_server.serve(oci_home, world.root / "oci") as server:
        server.push(world.registry)
        use(world, server.url())
        assert main(["lock"]) == 0
        before = world.lock.read_text(encoding="utf-8")
        for name in ("fragments", "registries"):
            shutil.rmtree(world.root / "cache" / name)
        assert main(["fetch"]) == 0
        # What is asked of one part makes another no older offline, where the tag has moved on.
        world.publish("deeper", "1.0.1")
        server.push(world.registry)
        assert main(["search", "deep"]) == 0
    assert main(["fetch"]) == 0
    for command in (["lock"], ["update"], ["outdated"], ["tree"], ["search", "deep"], ["verify"]):
        assert main([*command, "--offline"]) == 0, command
    assert world.lock.read_text(encoding="utf-8") == before
    built = scons(world.app, f"KERNEL={any_kernel.tree}", "--frozen")
    assert built.status == 0, built.output
    assert module(world.app, "mine")
    said = refusal(capsys, "add", "deeper_still", "--offline")
    assert "index/de/ep/deeper_still is not in the cache, and --offline opens no connection" in said
    assert "[not-cached]" in said


def test_a_mirror_of_it_is_the_registry(world: World, oci: OciServer) -> None:
    """Byte for byte; of a signed one as well, with virtual names and versions that were taken back."""
    signed = sign_world(world)
    signed.add("1.2.0")
    oci.push(world.registry)
    pin(signed)
    assert main(["mirror", "main", "copy"]) == 0
    copied, original = files(world.app / "copy"), files(world.registry)
    # What was signed before is no part of the state now.
    assert copied.items() <= original.items()
    assert {path for path in original.keys() - copied.keys() if not path.startswith("signed/")} == set()
    assert signed.read(world.app / "copy") == ["2.0.0", "1.2.0", "1.1.0", "1.0.0"]


def test_a_signed_registry_is_read(world: World, oci: OciServer, capsys: pytest.CaptureFixture[str]) -> None:
    """By a pinned root: what is new is seen, what is old again is noticed, what is not signed refused."""
    signed = sign_world(world)
    old = signed.copy("old")
    pin(signed)
    assert "[unsigned-registry]" in refusal(capsys, "lock")
    oci.push(world.registry)
    assert main(["lock"]) == 0
    signed.add("1.2.0")
    oci.push(world.registry)
    assert main(["update"]) == 0
    assert versions(world)["deep"] == "1.2.0"
    oci.push(old)
    assert "[registry-rolled-back]" in refusal(capsys, "update")
    assert main(["update", "--offline"]) == 2


def test_a_digest_names_one_state_for_ever(world: World, oci: OciServer) -> None:
    """Whatever the tag stands for later; it is asked for once."""
    first = oci.push(world.registry)
    world.publish("deep", "3.0.0")
    oci.push(world.registry)
    pinned = oci.url(f":latest@{first}")
    for _ in range(2):
        assert len(reopened(world, pinned).releases("deep")) == 3
        assert len(reopened(world, oci.url()).releases("deep")) == 4
    asked = [path for path, _ in oci.asked()]
    assert asked.count(f"manifests/{first}") == 1
    assert asked.count("manifests/latest") == 2


def test_the_server_keeps_what_a_tag_leads_to(world: World, oci: OciServer) -> None:
    """Its garbage collection takes none of the archives away."""
    world.publish("deep", "1.2.0")
    oci.push(world.registry)
    oci.collect_garbage()
    registry = reopened(world, oci.url())
    for release in registry.releases("deep"):
        registry.archive(release.archive, "deep", None)


def test_a_repository_or_a_tag_that_is_not_there(
    world: World, oci: OciServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place is the line that names it; nothing is written."""
    for reference in (":other", "/none"):
        use(world, oci.url(reference))
        told = refusal(capsys, "lock")
        assert told.startswith(f"{world.app}/tapsmith.yaml:2:")
        assert f"registry `main` cannot be reached: {oci.host} has no " in told
        assert "[registry-unreachable]" in told
    assert not world.lock.exists()


def test_a_server_that_is_down(
    world: World, oci_home: Path, no_proxy: None, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It is told once, and a mirror stands in."""
    with oci_server.serve(oci_home, world.root / "oci") as server:
        use(world, server.url())
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda seconds: None)
    told = refusal(capsys, "lock")
    assert told.count("[registry-unreachable]") == 1
    assert f"{server.host} does not answer" in told
    edit(world.app / "tapsmith.yaml", "fragments'", "fragments', mirrors: [../registry]")
    assert main(["lock"]) == 0


def test_it_is_a_mirror_itself(world: World, oci: OciServer) -> None:
    """Archives come from there, and all else where the registry cannot be reached."""
    text = f"registries:\n  main: {{path: ../gone, mirrors: ['{oci.url()}']}}\n"
    (world.app / "tapsmith.yaml").write_text(text, encoding="utf-8")
    assert main(["lock"]) == 0
    assert versions(world)["deep"] == "1.1.0"


@pytest.mark.parametrize("name", ["index/de/ep/deep", "oci/index", "oci/parts"])
def test_a_damaged_copy_counts_as_not_there(world: World, oci: OciServer, name: str) -> None:
    """It is asked for anew, whole."""
    first = reopened(world, oci.url()).releases("deep")
    file = reopened(world, oci.url()).archive_file("0" * 64).parents[2] / name
    for path in file.iterdir() if file.is_dir() else [file]:
        path.write_bytes(path.read_bytes().replace(b"0", b"1", 1))
    assert reopened(world, oci.url()).releases("deep") == first
    assert reopened(world, oci.url(), Network.CLOSED).releases("deep") == first


def test_who_comes_without_a_token_gets_one(
    world: World, oci_home: Path, no_proxy: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """One for all questions; where what it allows is not enough, that is told."""
    scratch = world.root / "oci"
    with oci_server.serve(oci_home, scratch) as server:
        server.push(world.registry)
    with tokens(world.root) as service, oci_server.serve(oci_home, scratch, service.config) as server:
        use(world, server.url())
        assert main(["lock"]) == 0
        (asked,) = service.server.asked
        assert asked.path.startswith("/token?service=tests&scope=repository%3Ateam%2Ffragments%3Apull")
        assert "authorization" not in asked.headers
    shutil.rmtree(world.root / "cache/registries")
    with tokens(world.root, ()) as service, oci_server.serve(oci_home, scratch, service.config) as server:
        use(world, server.url())
        told = refusal(capsys, "update")
        assert "the server answers 401 Unauthorized [registry-unreachable]" in told
        assert "no password is ever sent" in told
