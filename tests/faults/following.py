"""A reader of the event stream. After a broken connection it reconnects and continues after its last event."""

import json
import threading
from typing import Self

import httpx

from tests.faults.parts.memfog import Memfog, Owner

TIMEOUT = 20.0  # seconds; an open stream sends a heartbeat every 15 seconds
PAUSE = 0.3


class Following:
    def __init__(self, memfog: Memfog, owner: Owner) -> None:
        self.url, self.headers = f"{memfog.url}/api/events/stream", owner.headers
        self.ids: list[str] = []
        self.done = threading.Event()
        self._last = ""
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()

    def _follow(self) -> None:
        while not self.done.is_set():
            try:
                self._read()
            except httpx.TransportError:
                self.done.wait(PAUSE)

    def _read(self) -> None:
        # 0 reads from the beginning of the log, if no event was received yet.
        headers = {**self.headers, "Last-Event-ID": self._last or "0"}
        with httpx.stream("GET", self.url, headers=headers, timeout=TIMEOUT, verify=False) as answer:
            id_ = ""
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    id_ = value
                elif name == "data":
                    self.ids.append(json.loads(value)["id"])
                    self._last = id_
                if self.done.is_set():
                    return
