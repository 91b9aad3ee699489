"""What a server of an OCI registry may answer that is of no use, each told in one sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import webserver
from origins import World, versions
from served import use
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.packages import oci
from tapsmith.packages.oci_client import OciClient
from tapsmith.packages.oci_layout import export
from tapsmith.packages.project import load_project
from webserver import Answer, Asked, Reply, Server

NONE = "0" * 64


def from_layout(layout: Path) -> Answer:
    """Return the answer of a server that has what a layout has, with whatever tag."""
    blobs = layout / "blobs/sha256"

    def answer(asked: Asked) -> Reply:
        _, kind, reference = asked.path.rsplit("/", 2)
        if kind == "manifests" and ":" not in reference:
            reference = json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"]
        file = blobs / reference.removeprefix("sha256:")
        return Reply(file.read_bytes()) if file.is_file() else Reply(b"{}", 404)

    return answer


def listing(title: object, digest: str, size: object) -> bytes:
    """Return an image index of one manifest."""
    found = {"annotations": {oci.TITLE: title}, "digest": digest, "size": size}
    return json.dumps({"manifests": [found]}).encode()


@pytest.fixture
def layout(world: World) -> Path:
    """A layout of the world's registry."""
    return export(world.registry, world.root / "layout", lambda said: None).directory


@pytest.fixture
def oci_server(world: World, layout: Path, no_proxy: None) -> Iterator[Server]:
    """A server that a test may let fail, which the project uses."""
    with webserver.serve(from_layout(layout)) as server:
        use(world, server.url.replace("http", "oci") + "/team/fragments:v1")
        yield server


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """Return why no lock is made."""
    capsys.readouterr()
    assert main(["lock"]) == 2
    return capsys.readouterr().err


def change(server: Server, part: str, reply: Callable[[bytes], Reply]) -> None:
    """Give another reply where a path has a part."""
    usual = server.answer
    server.answer = lambda asked: reply(usual(asked).body) if part in asked.path else usual(asked)


def path_of(server: Server, layout: Path, title: str) -> str:
    """Return the path of the blob of a file."""
    top = oci.decode_index(server.answer(Asked("/v2/x/manifests/v1", {})).body)
    for part in top.values():
        found = oci.decode_manifest((layout / "blobs/sha256" / part.sha256).read_bytes())
        if title in found:
            return found[title].sha256
    raise AssertionError(title)


def test_a_server_without_tags_of_its_answers_serves(world: World, oci_server: Server) -> None:
    """Where it cannot say that nothing changed, it says all again."""
    for _ in range(2):
        assert main(["lock"]) == 0
    assert versions(world)["deep"] == "1.1.0"
    assert [asked.path for asked in oci_server.asked].count("/v2/team/fragments/manifests/v1") == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>Sign in</html>", "Expecting value"),
        (b"\xff\xfe{", "codec"),
        (b"[" * 100_000, "it is nested too deep"),
        (b"[]", "it is no object"),
        (b"{}", "it has no part `registry`"),
        (b'{"manifests": 7}', "what it lists is no list"),
        (b'{"manifests": [7]}', "it has no `annotations`"),
        (b'{"manifests": [{"annotations": {"org.opencontainers.image.title": "registry"}}]}', "no `digest`"),
        (listing(7, f"sha256:{NONE}", 1), "a digest or a title in it is none"),
        (listing("registry", "sha256:../../x", 1), "a digest or a title in it is none"),
        (listing("registry", f"sha256:{NONE}", "1"), "a size in it is no number"),
    ],
)
def test_what_is_no_registry_is_refused(
    oci_server: Server, capsys: pytest.CaptureFixture[str], body: bytes, why: str
) -> None:
    """An image, a page of a proxy, or anything else; and it is no obstacle once the right one is there."""
    usual = oci_server.answer
    change(oci_server, "/manifests/v1", lambda usual: Reply(body))
    told = refusal(capsys)
    assert "v1 of team/fragments is no registry of fragments: " in told
    assert why in told
    assert "[bad-registry]" in told
    oci_server.answer = usual
    assert main(["lock"]) == 0


def test_an_image_is_no_registry(
    world: World, oci_server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where somebody gave its parts the same titles."""
    image = json.dumps(
        {"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}, "layers": []}
    ).encode()
    blob = oci.Blob(hashlib.sha256(image).hexdigest(), len(image))
    index = oci.encode_index({"registry": blob})
    oci_server.answer = lambda asked: Reply(image if blob.sha256 in asked.path else index)
    assert "is no registry of fragments: it is an image, or another artifact" in refusal(capsys)


@pytest.mark.parametrize("title", ["config.json", "index/de/ep/deep", "manifest"])
@pytest.mark.parametrize(
    ("reply", "state"), [(Reply(b"other"), "is something else"), (Reply(b"", 404), "is not there")]
)
def test_other_bytes_than_those_of_the_digest_are_refused(
    oci_server: Server, layout: Path, capsys: pytest.CaptureFixture[str], title: str, reply: Reply, state: str
) -> None:
    """They are not kept either."""
    usual = oci_server.answer
    part = "/manifests/sha256:" if title == "manifest" else path_of(oci_server, layout, title)
    change(oci_server, part, lambda usual: reply)
    told = refusal(capsys)
    assert state in told
    assert "[bad-registry]" in told
    oci_server.answer = usual
    assert main(["lock"]) == 0


@pytest.mark.parametrize("reply", [Reply(b"other"), Reply(b"", 404)])
def test_an_archive_is_taken_for_its_hash_alone(
    world: World, oci_server: Server, layout: Path, capsys: pytest.CaptureFixture[str], reply: Reply
) -> None:
    """Another one is refused, and is no obstacle once the server has the right one."""
    usual = oci_server.answer
    archives = {path.name.removesuffix(".tar.gz") for path in world.registry.glob("archives/*/*")}
    oci_server.answer = lambda asked: reply if asked.path[-64:] in archives else usual(asked)
    assert f"[{'missing' if reply.status == 404 else 'bad'}-archive]" in refusal(capsys)
    oci_server.answer = usual
    assert main(["lock"]) == 0


def test_what_is_too_large_is_not_read(oci_server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A manifest larger than any server takes; a file that is said to be."""
    usual = oci_server.answer
    change(oci_server, "/manifests/v1", lambda usual: Reply(b" " * 100, length=5 << 20))
    assert "[bad-registry]" in refusal(capsys)
    large = oci.encode_manifest({"config.json": oci.Blob(NONE, 33 << 20)})
    blob = oci.Blob(hashlib.sha256(large).hexdigest(), len(large))
    index = oci.encode_index({"registry": blob})
    oci_server.answer = lambda asked: Reply(large if blob.sha256 in asked.path else index)
    oci_server.asked.clear()
    assert "config.json is larger than 33554432 bytes" in refusal(capsys)
    assert not any("/blobs/" in asked.path for asked in oci_server.asked)
    oci_server.answer = usual
    assert main(["lock"]) == 0


CHALLENGE = 'Bearer realm="{realm}",service="s&x=1",scope="repository:team/fragments:pull"'


def challenged(server: Server, challenge: str, token: Reply) -> None:
    """Want a token, which the same server gives below /token."""
    usual = server.answer
    wants = Reply(b"{}", 401, {"WWW-Authenticate": challenge})

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/token"):
            return token
        return usual(asked) if asked.headers.get("authorization") == "Bearer right" else wants

    server.answer = answer


def test_a_token_is_asked_for_once_and_told_to_its_server_alone(
    world: World, oci_server: Server, layout: Path
) -> None:
    """Not to where a blob is redirected to, nor to who gives the tokens."""
    with webserver.serve(from_layout(layout)) as elsewhere:
        moved = lambda asked: Reply(b"", 307, {"Location": f"{elsewhere.url}{asked.path}"})  # noqa: E731
        usual = oci_server.answer
        oci_server.answer = lambda asked: moved(asked) if "/blobs/" in asked.path else usual(asked)
        challenge = CHALLENGE.format(realm=f"{oci_server.url}/token?a=b")
        challenged(oci_server, challenge, Reply(b'{"access_token": "right"}'))
        assert main(["lock"]) == 0
        assert elsewhere.asked
        assert not any("authorization" in asked.headers for asked in elsewhere.asked)
    (token,) = (asked for asked in oci_server.asked if asked.path.startswith("/token"))
    assert token.path == "/token?a=b&service=s%26x%3D1&scope=repository%3Ateam%2Ffragments%3Apull"
    assert "authorization" not in token.headers


def test_a_token_that_runs_out_is_replaced(oci_server: Server) -> None:
    """They last for minutes, and copying a registry may take longer."""
    usual = oci_server.answer
    given: list[str] = []
    wants = Reply(b"{}", 401, {"WWW-Authenticate": CHALLENGE.format(realm=f"{oci_server.url}/token")})
    left = [0]

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/token"):
            given.append(f"token{len(given)}")
            left[0] = 3
            return Reply(json.dumps({"token": given[-1]}).encode())
        is_good = bool(given) and asked.headers.get("authorization") == f"Bearer {given[-1]}" and left[0] > 0
        left[0] -= 1
        return usual(asked) if is_good else wants

    oci_server.answer = answer
    client = OciClient(f"{oci_server.url}/v2/team/fragments")
    assert all(client.get("manifests/v1", 1 << 20).body for _ in range(7))
    assert given == ["token0", "token1", "token2"]


@pytest.mark.parametrize(
    ("challenge", "token", "why"),
    [
        ('Basic realm="x"', Reply(), "it wants a password, and tapsmith has none to give"),
        ("Bearer service=x", Reply(), "it wants a password, and tapsmith has none to give"),
        ('Bearer realm="ftp://x/token"', Reply(), "it wants a token of ftp://x/token, which is not asked"),
        ("", Reply(b"{}", 403), "who gives them refuses (the server answers 403 Forbidden)"),
        ("", Reply(b"<html>"), "who gives them sends none"),
        ("", Reply(b"[]"), "who gives them sends none"),
        ("", Reply(b'{"token": "a\\r\\nX: y"}'), "who gives them sends none"),
        ("", Reply(b'{"token": "wrong"}'), "the server answers 401 Unauthorized"),
    ],
)
def test_a_login_that_fails(
    oci_server: Server, capsys: pytest.CaptureFixture[str], challenge: str, token: Reply, why: str
) -> None:
    """It is told what would help."""
    challenged(oci_server, challenge or CHALLENGE.format(realm=f"{oci_server.url}/token"), token)
    told = refusal(capsys)
    assert why in told
    assert "[registry-unreachable]" in told
    assert "no password is ever sent" in told


@pytest.mark.parametrize(
    ("url", "base", "reference"),
    [
        ("oci://127.0.0.1:5000/a", "http://127.0.0.1:5000/v2/a", "latest"),
        ("oci://localhost/a/b-c", "http://localhost/v2/a/b-c", "latest"),
        ("oci://[::1]:5000/a:V_1.2-3", "http://[::1]:5000/v2/a", "V_1.2-3"),
        ("oci://localhost.example.org/a/b", "https://localhost.example.org/v2/a/b", "latest"),
        ("oci://ghcr.io:443/team/a.b__c", "https://ghcr.io:443/v2/team/a.b__c", "latest"),
        ("oci://docker.io/team/a", "https://registry-1.docker.io/v2/team/a", "latest"),
        (f"oci://h/a:t@sha256:{NONE}", "https://h/v2/a", f"sha256:{NONE}"),
    ],
)
def test_where_a_url_leads(tmp_path: Path, url: str, base: str, reference: str) -> None:
    """Plain http only on the machine itself."""
    (tmp_path / "tapsmith.yaml").write_text(f"registries: {{main: {{url: '{url}'}}}}\n", encoding="utf-8")
    (known,) = load_project(tmp_path).registries
    place = oci.parse_place(known.url)
    assert (place.base, place.reference) == (base, reference)


@pytest.mark.parametrize(
    "url", ["oci://h", "oci://h/", "oci://h/A", "oci://h/a/", "oci://me:x@h/a", "oci://h/a:", "oci://h/a:t?x",
            "oci://h/a@sha256:12", "oci://h/a/../b", "oci://h/a--_b", "docker://h/a"],
)  # fmt: skip
def test_a_url_with_a_mistake(tmp_path: Path, url: str) -> None:
    """It is told with the form."""
    (tmp_path / "tapsmith.yaml").write_text(f"registries: {{main: {{url: '{url}'}}}}\n", encoding="utf-8")
    with pytest.raises(TapsmithError) as caught:
        load_project(tmp_path)
    assert caught.value.codes == ("bad-origin",)
    assert "oci://HOST/REPOSITORY:TAG" in str(caught.value)
