"""A fake messages API on loopback. It stores the requests and gives the answers that the test sets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

USED = {"input_tokens": 1_000, "output_tokens": 100}


class Api(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        # Statuses of the next answers (0 closes the connection), and the text of the answers with status 200.
        self.statuses: list[int] = []
        self.text = "The total was mended."

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        assert self.path == "/v1/messages"
        self.server.keys.append(self.headers["x-api-key"])
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status:
            self._answer(status)

    def _answer(self, status: int) -> None:
        content = [{"type": "text", "text": self.server.text}]
        body = json.dumps({"model": "claude-haiku-4-5", "content": content, "usage": USED}).encode()
        self.send_response(status)
        self.send_header("location", f"{self.server.url}/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the requests are stored."""


@contextmanager
def model_api() -> Iterator[Api]:
    with Api() as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()
