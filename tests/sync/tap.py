"""A proxy between two servers: it forwards and counts each request, and a test can change what it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread

import httpx
from django.db import connections

from tests.server import LIMITS

PASSED = ("Authorization", "Content-Type", "Content-Encoding", "User-Agent")


class Cut(Exception):
    """Raised by a hook of a test: the connection ends here, without an answer."""


@dataclass(frozen=True)
class Answer:
    """An answer instead of forwarding the request."""

    status: int
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request: its number from 1, its path, its body and its headers."""

    number: int
    path: str
    body: bytes
    headers: dict[str, str]


def _pass_on(asked: Asked) -> Answer | None:
    return None


def _leave(asked: Asked) -> None:
    return None


class Tap:
    """Forwards requests to `url`.

    A test sets the hooks `before`, which may answer itself, and `after`, which runs when the other server has done the
    request and the client does not know it yet. Both may raise Cut.
    """

    def __init__(self, url: str, *, tls: SSLContext | None = None) -> None:
        self.behind = url
        self.asked: list[Asked] = []
        self.before: Callable[[Asked], Answer | None] = _pass_on
        self.after: Callable[[Asked], object] = _leave
        self.http = httpx.Client(timeout=240, verify=False, limits=LIMITS)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reset(self) -> None:
        self.asked, self.before, self.after = [], _pass_on, _leave

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    @contextmanager
    def running(self) -> Iterator["Tap"]:
        thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
            self.http.close()

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        asked = Asked(len(self.asked) + 1, path, body, headers)
        self.asked.append(asked)
        if instead := self.before(asked):
            return instead
        passed = {name: value for name, value in headers.items() if name in PASSED}
        got = self.http.request(method, self.behind + path, content=body, headers=passed)
        self.after(asked)
        kept = {name: got.headers[name] for name in ("Retry-After", "Location") if name in got.headers}
        return Answer(got.status_code, got.content, kept)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        tap = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._pass("GET", b"")

            def do_POST(self) -> None:
                self._pass("POST", self.rfile.read(int(self.headers["Content-Length"] or 0)))

            def _pass(self, method: str, body: bytes) -> None:
                self.close_connection = True
                try:
                    answer = tap.answer(method, self.path, body, dict(self.headers))
                except Cut:
                    return
                finally:
                    # A hook may have queried the database in this thread.
                    connections.close_all()
                self.close_connection = False
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler
