"""Files from web servers that do not behave: what is tried again, what is resumed, what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from urllib3.util import Retry

from tapsmith.packages.web import PATIENCE, Answer, Client, TooLargeError, WebError
from webserver import Asked, Reply, Server, serve

BODY = bytes(range(256)) * 40
TAG = {"ETag": '"one"'}
LIMIT = 1 << 20


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that has BODY everywhere; no proxy is between."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serve(lambda asked: Reply(BODY, headers=TAG)) as server:
        yield server


def get(server: Server, limit: int = LIMIT, **known: str) -> Answer:
    """Ask for a file, and wait for nothing between two attempts."""
    return Client(Retry(total=3, backoff_factor=0)).get(f"{server.url}/file", limit, **known)


def refusal(server: Server, limit: int = LIMIT) -> str:
    """Return why a file cannot be had."""
    with pytest.raises(WebError) as caught:
        get(server, limit)
    return str(caught.value)


def test_a_broken_transfer_is_resumed(server: Server) -> None:
    """The rest is asked for, if it is still of the same file, and put behind what came."""
    rest = {"Content-Range": f"bytes 4000-{len(BODY) - 1}/{len(BODY)}", **TAG}
    server.script(Reply(BODY, headers=TAG, cut=4000), Reply(BODY[4000:], 206, rest))
    assert get(server).body == BODY
    assert server.asked[1].headers["range"] == "bytes=4000-"
    assert server.asked[1].headers["if-range"] == '"one"'


def test_it_is_resumed_more_than_once(server: Server) -> None:
    """Each break costs one attempt."""

    def part(at: int, cut: int | None) -> Reply:
        told = {"Content-Range": f"bytes {at}-{len(BODY) - 1}/{len(BODY)}", **TAG}
        return Reply(BODY[at:], 206, told, cut)

    server.script(Reply(BODY, headers=TAG, cut=100), part(100, 50), part(150, 1000), part(1150, None))
    assert get(server).body == BODY
    assert [asked.headers.get("range") for asked in server.asked] == [
        None, "bytes=100-", "bytes=150-", "bytes=1150-"
    ]  # fmt: skip


def test_a_file_that_changed_meanwhile_is_taken_from_its_start(server: Server) -> None:
    """The server answers with all of the new one."""
    server.script(Reply(BODY, headers=TAG, cut=4000), Reply(b"new", headers={"ETag": '"two"'}))
    assert get(server) == Answer(b"new", '"two"')


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"weak"'}])
def test_without_a_strong_validator_all_is_taken_anew(server: Server, headers: dict[str, str]) -> None:
    """Nothing says that the rest would be of the same file."""
    server.script(Reply(BODY, headers=headers, cut=4000), Reply(BODY, headers=headers))
    assert get(server).body == BODY
    assert "range" not in server.asked[1].headers


@pytest.mark.parametrize("told", ["bytes 0-9/10", "bytes 4000-4001/10240", "none", ""])
def test_another_part_than_was_asked_for_is_not_taken(server: Server, told: str) -> None:
    """Then all is asked for anew."""
    wrong = Reply(BODY[:2], 206, {"Content-Range": told, **TAG})
    server.script(Reply(BODY, headers=TAG, cut=4000), wrong, Reply(BODY, headers=TAG))
    assert get(server).body == BODY
    assert "range" not in server.asked[2].headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_but_not_for_ever(server: Server, status: int) -> None:
    """Until it answers, or patience is at its end."""
    server.script(Reply(b"later", status), Reply(b"later", status), Reply(BODY))
    assert get(server).body == BODY
    server.asked.clear()
    server.script(Reply(b"later", status))
    assert f"answers {status} again and again" in refusal(server)
    assert len(server.asked) == 4


def test_a_server_says_how_long_to_wait(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is believed, up to a minute; without its word the pauses grow."""
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    client = Client(PATIENCE)
    busy = Reply(b"", 503, {"Retry-After": "7"})
    server.script(
        busy, Reply(b"", 429, {"Retry-After": "86400"}), Reply(b"", 503, {"Retry-After": "x"}), Reply(BODY)
    )
    assert client.get(f"{server.url}/file", LIMIT).body == BODY
    assert slept[:2] == [7, 60]
    slept.clear()
    server.script(Reply(b"", 500))
    with pytest.raises(WebError):
        client.get(f"{server.url}/file", LIMIT)
    assert len(server.asked) == 4 + 6
    assert slept == sorted(slept)
    assert sum(slept) < 30


def test_a_server_that_always_breaks_off_is_given_up(server: Server) -> None:
    """A body that is shorter than announced is never taken for the file."""
    server.script(Reply(BODY, length=len(BODY) + 1))
    assert "breaks off" in refusal(server)
    assert len(server.asked) == 4


def test_nobody_answers(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names whom was asked; who is not there at all is given up sooner than who is busy."""
    server.port = 9
    assert refusal(server).startswith("127.0.0.1:9 does not answer")
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    with pytest.raises(WebError):
        Client(PATIENCE).get(f"{server.url}/file", LIMIT)
    assert sum(slept) < 3


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(BODY, length=None), "the server does not say how long it is"),
        (Reply(BODY, headers={"Content-Encoding": "gzip"}), "the server sends it as gzip, unasked"),
        (Reply(b"", 403), "the server answers 403 Forbidden"),
        (Reply(b"", 304), "the server answers 304 Not Modified"),
        (Reply(BODY, 206), "the server answers 206 Partial Content"),
        (Reply(b"", 302, {"Location": "ftp://x/y"}), "redirects to ftp://x/y, which is not followed"),
        (Reply(b"", 302, {"Location": "/again"}), "redirects more than 5 times"),
    ],
)
def test_what_no_static_server_does_is_refused(server: Server, reply: Reply, why: str) -> None:
    """At once, without another attempt."""
    server.script(reply)
    assert refusal(server).endswith(why)
    assert len(server.asked) == (6 if "times" in why else 1)


def test_limits_hold_before_and_while_it_comes(server: Server) -> None:
    """A larger file is not read; nor is one that says nothing of its length."""
    with pytest.raises(TooLargeError):
        get(server, limit=len(BODY) - 1)
    assert get(server, limit=len(BODY)).body == BODY
    chunked = b"".join(b"400\r\n%b\r\n" % bytes(1024) for _ in range(100)) + b"0\r\n\r\n"
    server.script(Reply(chunked, headers={"Transfer-Encoding": "chunked"}, length=None))
    with pytest.raises(TooLargeError):
        get(server, limit=5000)
    assert get(server, limit=100 * 1024).body == bytes(100 * 1024)


def test_a_server_cannot_go_on_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly it sends."""
    monkeypatch.setattr("tapsmith.packages.web.SLOWEST_S", -1.0)
    assert refusal(server) == "it takes longer than -1 seconds"


def test_what_is_known_is_not_sent_again(server: Server) -> None:
    """By tag, or by date where there is no tag."""
    server.script(Reply(b"", 304))
    assert get(server, etag='"one"', modified="Mon, 01 Jan 2024 00:00:00 GMT").is_same
    assert server.asked[0].headers["if-none-match"] == '"one"'
    assert "if-modified-since" not in server.asked[0].headers
    assert get(server, modified="Mon, 01 Jan 2024 00:00:00 GMT").is_same
    assert server.asked[1].headers["if-modified-since"] == "Mon, 01 Jan 2024 00:00:00 GMT"


@pytest.mark.parametrize("status", [404, 410])
def test_there_may_be_no_such_file(server: Server, status: int) -> None:
    """That is an answer, too."""
    server.script(Reply(b"none", status))
    assert get(server) == Answer(None)


def test_redirects_are_followed(server: Server) -> None:
    """To wherever they lead, a few times."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/there":
            return Reply(BODY)
        return Reply(b"moved", 307, {"Location": "/there" if asked.path == "/next" else "next"})

    server.answer = answer
    assert get(server).body == BODY
    assert [asked.path for asked in server.asked] == ["/file", "/next", "/there"]


def test_proxies_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole URL goes to the proxy, but for hosts that no_proxy names."""
    monkeypatch.setenv("http_proxy", f"me:secret@127.0.0.1:{server.port}")
    client = Client(Retry(total=0))
    assert client.get("http://registry.invalid/index", LIMIT).body == BODY
    assert server.asked[0].path == "http://registry.invalid/index"
    assert server.asked[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert client.get(f"{server.url}/file", LIMIT).body == BODY
    assert server.asked[1].path == "/file"
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(WebError, match=r"the proxy socks5://127\.0\.0\.1:9 cannot be used"):
        client.get("http://registry.invalid/index", LIMIT)


def test_connections_are_kept(server: Server) -> None:
    """Also after a file that is not there."""
    client = Client(Retry(total=0))
    for reply in (Reply(BODY), Reply(b"none", 404), Reply(BODY)):
        server.script(reply)
        client.get(f"{server.url}/file", LIMIT)
    pool = next(iter(client._pools.values())).connection_from_url(server.url)
    assert pool.num_connections == 1  # type: ignore[attr-defined]
