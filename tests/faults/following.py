"""A reader of the stream during a fault, that comes again after its last id whenever it was cut."""

import json
import threading
from typing import Self

import httpx

from tests.faults.memfog import Memfog, Owner

TIMEOUT = 20.0  # seconds; a stream that lives says something every 15
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
        # From the very beginning when nothing was seen yet.
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
