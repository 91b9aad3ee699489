"""A web server on loopback that does just what a test says, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """One answer; `cut` closes the connection after so many bytes of the body.

    `length` announces another length than the body's, or none at all if it is None.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    length: int | None = -1


Answer = Callable[[Asked], Reply]


@dataclass
class Server:
    """The server: `answer` may be replaced at any time; `asked` are all requests so far."""

    port: int
    answer: Answer
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def script(self, *replies: Reply) -> None:
        """Answer the next requests in this order, all further ones as the last."""
        rest = list(replies)
        self.answer = lambda asked: rest.pop(0) if len(rest) > 1 else rest[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known: Server

    def do_GET(self) -> None:
        asked = Asked(self.path, {key.lower(): value for key, value in self.headers.items()})
        self.known.asked.append(asked)
        reply = self.known.answer(asked)
        self.send_response(reply.status)
        for key, value in reply.headers.items():
            self.send_header(key, value)
        length = len(reply.body) if reply.length == -1 else reply.length
        if length is not None and reply.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        if reply.cut is not None or length != len(reply.body):
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Listening(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that has enough closes the connection."""


@contextmanager
def serve(answer: Answer) -> Iterator[Server]:
    """Run a server while the block runs."""
    handler = type("Handler", (_Handler,), {})
    with _Listening(("127.0.0.1", 0), handler) as listening:
        server = Server(listening.server_address[1], answer)
        handler.known = server  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


@contextmanager
def tunnel() -> Iterator[tuple[str, list[str]]]:
    """Run a proxy for https while the block runs; the value is its URL, and what it was asked."""
    asked: list[str] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline().decode().strip())
            while self.rfile.readline().strip():
                pass
            host, port = asked[-1].split()[1].split(":")
            with socket.create_connection((host, int(port))) as there:
                self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_pass, args=(there, self.connection))
                back.start()
                _pass(self.connection, there)
                back.join()

    with _Tunnels(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}", asked
        finally:
            listening.shutdown()
            thread.join()


class _Tunnels(ThreadingTCPServer):
    daemon_threads = True


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def from_directory(root: Path) -> Answer:
    """Return an answer of the files below a directory, without a validator."""

    def answer(asked: Asked) -> Reply:
        path = root / asked.path.lstrip("/")
        return Reply(path.read_bytes()) if path.is_file() else Reply(b"no such file", 404)

    return answer
