"""A registry on a web server: nginx with what a directory has, and servers that fail."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

import nginx
from origins import World, edit, versions
from scons_project import ROOT, module, scons
from served import use
from tapsmith.cli import main
from tapsmith.diagnostics import TapsmithError
from tapsmith.kernel import Target
from tapsmith.network import Network
from tapsmith.packages import kept
from tapsmith.packages.http_tree import HttpTree
from tapsmith.packages.registry import Registry, archive_path
from tapsmith.packages.registry_write import yank
from webserver import Asked, Reply, Server, serve, tunnel

GUARD = """\
import sys

def _no_network(event, arguments):
    # What any way to another machine begins with; sockets of the machine's own are none.
    if event in ("socket.getaddrinfo", "socket.gethostbyname") or (
        event == "socket.connect" and isinstance(arguments[1], tuple)
    ):
        sys.stderr.write(f"NETWORK {event} {arguments[1:]}\\n")
        raise SystemExit(97)

sys.addaudithook(_no_network)
"""


def reopened(world: World, url: str, network: Network = Network.OPEN) -> Registry:
    """Return the registry as another run sees it."""
    return Registry("main", HttpTree("main", url, None, world.root / "cache", network))


def url_of(world: World) -> str:
    """Return the URL in tapsmith.yaml."""
    match = re.search(r"'(.*)'", (world.app / "tapsmith.yaml").read_text(encoding="utf-8"))
    assert match
    return match[1]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that is refused; return what it says."""
    capsys.readouterr()
    assert main(arguments) == 2
    return capsys.readouterr().err


def test_a_lock_is_the_same_from_nginx_and_from_the_directory(served: World) -> None:
    """Where the files come from makes no difference to what is locked."""
    assert main(["lock"]) == 0
    over_network = served.lock.read_text(encoding="utf-8")
    assert versions(served)["deep"] == "1.1.0"
    served.lock.unlink()
    (served.app / "tapsmith.yaml").write_text("registries: {main: {path: ../registry}}\n", encoding="utf-8")
    assert main(["lock"]) == 0
    assert served.lock.read_text(encoding="utf-8") == over_network


def test_the_configuration_in_the_docs_serves(world: World, nginx_home: Path, no_proxy: None) -> None:
    """With another directory in place of /srv; what a writer leaves is not served."""
    page = (ROOT / "docs/packages.md").read_text(encoding="utf-8")
    block = re.search(r"^```nginx\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block
    world.registry.rename(world.root / "fragments")
    (world.root / "empty").mkdir()
    with nginx.serve(nginx_home, world.root / "empty", block[1].replace("/srv", str(world.root))) as url:
        use(world, f"{url}/fragments")
        assert main(["lock"]) == 0
        tree = HttpTree("main", f"{url}/fragments", None, world.root / "cache", Network.OPEN)
        assert (world.root / "fragments/.lock").exists()
        with pytest.raises(TapsmithError, match="answers 403"):
            tree.read(".lock", 100)


def test_what_changed_is_seen_and_what_did_not_is_not_sent_again(world: World, nginx_home: Path) -> None:
    """nginx answers 304 to the tag it gave; a new version is seen by the next command."""
    log = world.root / "log"
    with nginx.serve(nginx_home, world.registry, f"access_log {log};") as url:
        first = reopened(world, url).releases("deep")
        assert reopened(world, url).releases("deep") == first
        world.publish("deep", "1.2.0")
        assert str(reopened(world, url).releases("deep")[1].version) == "1.2.0"
        assert reopened(world, url).releases("nothing") == ()
    statuses = re.findall(r'"GET (\S+) HTTP/1.1" (\d+)', log.read_text(encoding="utf-8"))
    assert statuses == [
        ("/config.json", "200"), ("/index/de/ep/deep", "200"),
        ("/config.json", "304"), ("/index/de/ep/deep", "304"),
        ("/config.json", "304"), ("/index/de/ep/deep", "200"),
        ("/config.json", "304"), ("/index/no/th/nothing", "404"),
    ]  # fmt: skip


def test_nginx_resumes_what_was_cut(world: World, nginx_home: Path) -> None:
    """A transfer that breaks in the middle goes on there, from the real server."""
    data = os.urandom(300_000)
    (world.registry / "big").write_bytes(data)
    with nginx.serve(nginx_home, world.registry) as url:
        whole = f"{url}/big"

        def cutting(asked: Asked) -> Reply:
            """Pass a request on, and break the first answer off."""
            pool = urllib3.PoolManager()
            told = {k: v for k, v in asked.headers.items() if k in ("range", "if-range")}
            found = pool.request("GET", whole, headers=told)
            keep = ("etag", "last-modified", "content-range")
            headers = {k: v for k, v in found.headers.items() if k.lower() in keep}
            return Reply(found.data, found.status, headers, None if told else 100_000)

        with serve(cutting) as between:
            tree = HttpTree("main", between.url, None, world.root / "cache", Network.OPEN)
            assert tree.read("big", 1 << 20) == data
    assert [asked.headers.get("range") for asked in between.asked] == [None, "bytes=100000-"]


def test_offline_everything_is_in_the_cache(
    served: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one command has seen, all others have offline: by the option and by the variable."""
    assert main(["lock"]) == 0
    before = served.lock.read_text(encoding="utf-8")
    use_of_server = url_of(served)
    served.registry.rename(served.root / "gone")
    for command in (
        ["lock"],
        ["update"],
        ["outdated"],
        ["tree"],
        ["why-not", "deep@1.0.0"],
        ["info", "deeper"],
    ):
        assert main([*command, "--offline"]) == 0, command
    assert served.lock.read_text(encoding="utf-8") == before
    monkeypatch.setenv("TAPSMITH_OFFLINE", "1")
    assert main(["update"]) == 0
    said = refusal(capsys, "add", "deeper_still")
    assert "index/de/ep/deeper_still is not in the cache, and --offline opens no connection" in said
    assert "[not-cached]" in said
    monkeypatch.setenv("TAPSMITH_OFFLINE", "0")
    assert use_of_server in refusal(capsys, "update")


def test_a_build_opens_no_connection(
    served: World, any_kernel: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python itself refuses it: a command that asks the registry is caught, a build is not."""
    guard = served.root / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    monkeypatch.delenv("CI", raising=False)
    assert main(["lock"]) == 0

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        told = {**os.environ, "PYTHONPATH": f"{guard}:{ROOT / 'site_scons'}"}
        line = [sys.executable, "-m", *words]
        return subprocess.run(line, cwd=served.app, env=told, capture_output=True, text=True, check=False)

    caught = command("tapsmith.cli", "update")
    assert (caught.returncode, "NETWORK socket." in caught.stderr) == (97, True)
    done = command("SCons", f"KERNEL={any_kernel.tree}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert module(served.app, "mine")
    # Nor where it has no lock: what has been seen of the index counts.
    served.lock.unlink()
    served.publish("deep", "1.9.0")
    done = command("SCons", f"KERNEL={any_kernel.tree}")
    assert (done.returncode, "NETWORK" in done.stderr) == (0, False)
    assert "is up to date" in done.stdout


def test_a_build_says_what_the_cache_lacks(
    served: World, any_kernel: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And how it gets there."""
    monkeypatch.delenv("CI", raising=False)
    assert main(["lock"]) == 0
    empty = {"TAPSMITH_CACHE": str(served.root / "empty")}
    for name in ("facts", "identity"):
        (served.root / "empty").mkdir(exist_ok=True)
        (served.root / "empty" / name).symlink_to(served.root / "cache" / name)
    monkeypatch.setenv("TAPSMITH_CACHE", empty["TAPSMITH_CACHE"])
    run = scons(served.app, f"KERNEL={any_kernel.tree}")
    assert run.status == 2
    assert "`deep` 1.1.0 is not in the cache, and cannot be fetched" in run.output
    assert "a build opens no connection [not-cached]" in run.output
    assert "mend: run `tapsmith fetch`" in run.output


def test_a_server_that_is_away(
    world: World, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is the line that names it; nothing is written."""
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda seconds: None)
    server.answer = lambda asked: Reply(b"", 500)
    said = refusal(capsys, "lock")
    assert said.startswith(f"{world.app}/tapsmith.yaml:2:")
    assert "registry `main` cannot be reached: 127.0.0.1" in said
    assert "answers 500 again and again [registry-unreachable]" in said
    assert not world.lock.exists()


@pytest.mark.parametrize(
    ("path", "reply", "code"),
    [
        ("/config.json", Reply(b"<html>Sign in</html>"), "bad-registry"),
        ("/config.json", Reply(b"", 404), "registry-unreachable"),
        ("/config.json", Reply(b"\xff\xfe"), "registry-unreachable"),
        ("/index/de/ep/deep", Reply(b"<html>Sign in</html>"), "bad-index"),
        ("/index/de/ep/deep", Reply(b" " * 100, length=100 << 20), "bad-registry"),
        ("/index/de/ep/deep", Reply(b"", 403), "registry-unreachable"),
    ],
)
def test_what_is_no_registry_is_refused(
    server: Server, capsys: pytest.CaptureFixture[str], path: str, reply: Reply, code: str
) -> None:
    """Whatever a server sends, there is one sentence about it."""
    usual = server.answer
    server.answer = lambda asked: reply if asked.path == path else usual(asked)
    assert f"[{code}]" in refusal(capsys, "lock")


@pytest.mark.parametrize("reply", [Reply(b"other"), Reply(gzip.compress(b"")), Reply(b"", 404)])
def test_an_archive_is_taken_for_its_hash_alone(
    world: World, server: Server, capsys: pytest.CaptureFixture[str], reply: Reply
) -> None:
    """Another one is refused, and is no obstacle once the server has the right one."""
    usual = server.answer
    server.answer = lambda asked: reply if asked.path.startswith("/archives") else usual(asked)
    code = "missing-archive" if reply.status == 404 else "bad-archive"
    assert f"[{code}]" in refusal(capsys, "lock")
    server.answer = usual
    assert main(["lock"]) == 0


def test_an_archive_is_asked_for_once(world: World, server: Server) -> None:
    """It never changes, so its copy is never asked about again, even without the unpacked one."""
    release = reopened(world, server.url).releases("deep")[0]
    first = reopened(world, server.url).archive(release.archive, "deep", None)
    again = reopened(world, server.url, Network.CLOSED).archive(release.archive, "deep", None)
    assert first == again
    asked = [asked.path for asked in server.asked]
    assert asked.count(f"/{archive_path(release.archive)}") == 1


def test_a_damaged_copy_counts_as_not_there(world: World, server: Server) -> None:
    """It is asked for anew, whole; without a network it is missing."""
    tree = HttpTree("main", server.url, None, world.root / "cache", Network.OPEN)
    whole = tree.read("index/de/ep/deep", 1 << 20)
    file = tree.file("index/de/ep/deep")
    file.write_bytes(file.read_bytes().replace(b"1.1.0", b"6.6.6"))
    closed = HttpTree("main", server.url, None, world.root / "cache", Network.CLOSED)
    with pytest.raises(TapsmithError) as caught:
        closed.read("index/de/ep/deep", 1 << 20)
    assert caught.value.codes == ("not-cached",)
    assert tree.read("index/de/ep/deep", 1 << 20) == whole
    assert closed.read("index/de/ep/deep", 1 << 20) == whole


def test_a_message_points_into_the_copy(world: World, server: Server) -> None:
    """A damaged line is shown as it came, with its number."""
    path = world.registry / "index/de/ep/deep"
    edit(path, '"version":"1.1.0"', '"version":"1"')
    with pytest.raises(TapsmithError) as caught:
        reopened(world, server.url).releases("deep")
    place = caught.value.problems[0].place
    assert place
    assert place.line == 2
    assert '"version":"1"' in str(caught.value)


def test_a_yank_is_seen(served: World, capsys: pytest.CaptureFixture[str]) -> None:
    """By the next command that may ask."""
    assert main(["lock"]) == 0
    yank(served.registry, "deep", "1.1.0", "it crashes")
    capsys.readouterr()
    assert main(["outdated", "--offline"]) == 0
    assert "it crashes" not in capsys.readouterr().out
    assert main(["outdated"]) == 0
    assert "it crashes" in capsys.readouterr().out


def test_certificates_are_verified(
    world: World, nginx_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that nobody vouches for is refused; who is trusted may not lead away from https."""
    both = nginx.certificate(nginx_home, world.root)
    more = "location /moved/ { return 302 http://127.0.0.1:9/; }"
    with nginx.serve(nginx_home, world.registry, more, both) as url:
        use(world, url)
        assert re.search(
            r"127\.0\.0\.1:\d+ is not trusted .*\[registry-unreachable\]", refusal(capsys, "lock")
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(both))
        assert main(["lock"]) == 0
        use(world, f"{url}/moved")
        assert "redirects to http://127.0.0.1:9/, which is not followed" in refusal(capsys, "lock")


def test_https_goes_through_a_proxy(
    world: World, nginx_home: Path, no_proxy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a tunnel: the proxy learns the host, and the certificate is still that of the registry."""
    both = nginx.certificate(nginx_home, world.root)
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    with nginx.serve(nginx_home, world.registry, tls=both) as url, tunnel() as (proxy, asked):
        use(world, url)
        monkeypatch.setenv("https_proxy", proxy)
        assert main(["lock"]) == 0
    assert set(asked) == {f"CONNECT {url.removeprefix('https://')} HTTP/1.0"}


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "a/b", "Deep", ".", ""])
def test_no_name_becomes_a_path_outside(world: World, name: str) -> None:
    """What cannot be a fragment's name is not even looked for."""
    for registry in (Registry("main", world.registry), reopened(world, "http://127.0.0.1:9")):
        assert registry.releases(name) == ()
        assert registry.providers(name) == ()


def test_what_is_kept_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up leaves what was there, and no draft."""
    path = tmp_path / "index/file"
    kept.save(path, kept.Kept(b"a\nb", '"tag"'))
    assert kept.load(path) == kept.Kept(b"a\nb", '"tag"')

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        kept.save(path, kept.Kept(b"new"))
    assert kept.load(path) == kept.Kept(b"a\nb", '"tag"')
    assert [file.name for file in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("body", [None, b"", b"\n#kept {}\n", b"\n#kept \xff", b"text\n" * 5000])
def test_any_bytes_can_be_kept(tmp_path: Path, body: bytes | None) -> None:
    """Also those that look like the last line; what was cut or added to is not taken for them."""
    path = tmp_path / "file"
    known = kept.Kept(body, "", "Mon, 01 Jan 2024 00:00:00 GMT")
    kept.save(path, known)
    assert kept.load(path) == known
    data = path.read_bytes()
    for damaged in (data[:-3], data[3:], b"x" + data, data + b"\n#kept x", b""):
        path.write_bytes(damaged)
        assert kept.load(path) is None
