"""A fake Memfog server whose memory is the text of the test: `/me`, `/ingest` and `/api/context` of the contract."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "mfg_standin"
ME = {"id": "a11ce000-0000-4000-8000-000000000000", "email": "alice@example.org", "email_verified": True}


class Memory(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, markdown: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.markdown = markdown
        self.asked: list[dict[str, list[str]]] = []
        self.events: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Memory

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/healthz":
            return self._send("text/plain", b"ok")
        if where.path == "/me":
            return self._answer(ME)
        if where.path == "/memfog.json":
            # This server does not serve the client.
            return self.send_error(404)
        assert where.path == "/api/context", where.path
        assert self.headers["accept"] == "application/json"
        self.server.asked.append(parse_qs(where.query))
        return self._answer({"markdown": self.server.markdown, "tokens": 9, "items": [{"id": "o-1", "tokens": 9}]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        if self.path == "/mcp":
            # The plugin asks for MCP tools; this server has none.
            return self.send_error(404)
        events = json.loads(body)["events"]
        self.server.events += events
        return self._answer({"accepted": len(events)})

    def _answer(self, value: dict[str, Any]) -> None:
        assert self.headers["authorization"] == f"Bearer {TOKEN}"
        self._send("application/json", json.dumps(value).encode())

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the requests are stored."""


@contextmanager
def memory(markdown: str) -> Iterator[Memory]:
    with Memory(markdown) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()
