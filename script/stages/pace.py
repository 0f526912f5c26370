"""Measures how much slower the machine is than when idle, so that no test fails because the machine is busy."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SAMPLE_S = 0.02
SAMPLE_PAUSE_S = 1.0


class PaceMonitor:
    """Samples the time of a short computation as a multiple of its processor time (1: an idle machine)."""

    def __init__(self) -> None:
        self._samples: list[float] = []
        self._stop = threading.Event()

    @property
    def slowdown(self) -> float:
        return max(1.0, sum(self._samples) / len(self._samples)) if self._samples else 1.0

    @contextmanager
    def measure(self) -> Iterator["PaceMonitor"]:
        thread = threading.Thread(target=self._sample, daemon=True)
        thread.start()
        yield self
        self._stop.set()
        thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_PAUSE_S):
            started, used = time.monotonic(), time.thread_time()
            while time.thread_time() - used < SAMPLE_S:
                pass
            self._samples.append((time.monotonic() - started) / (time.thread_time() - used))
