"""The duration of ordinary requests (`/ingest`, `/healthz`, a Django page) without and during a fault."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import httpx

from tests.events.make import make_event
from tests.faults import table
from tests.faults.conftest import Size
from tests.faults.parts.memfog import Memfog, Owner

REQUESTS = ("/ingest", "/healthz", "/sign-in")
ROUNDS = 4  # calm and fault alternate, so that a busy machine slows both
ATTEMPTS = 3  # a busy machine may be slow without a fault
SLOWER = 2.0  # times the usual duration, at most
Taken = Mapping[str, list[float]]
Fault = Callable[[], AbstractContextManager[object]]


def is_kept(name: str, memfog: Memfog, owner: Owner, fault: Fault, size: Size) -> None:
    """Asserts that during `fault` requests of others take at most twice their usual time. Tries up to three times."""
    for attempt in range(1, ATTEMPTS + 1):
        calm, faulty = _compare(memfog, owner, fault, size.samples)
        slower = {path: _of(faulty[path], size.percentile) / _of(calm[path], size.percentile) for path in REQUESTS}
        told = ", ".join(_line(path, calm[path], faulty[path]) for path in REQUESTS)
        table.note(f"{name}, attempt {attempt}: ms, usual → during: {told}")
        if max(slower.values()) <= SLOWER:
            return
    raise AssertionError(f"too slow (times the usual duration, at percentile {size.percentile}): {slower}")


def _compare(memfog: Memfog, owner: Owner, fault: Fault, samples: int) -> tuple[Taken, Taken]:
    calm: Taken = defaultdict(list)
    faulty: Taken = defaultdict(list)
    with httpx.Client(base_url=memfog.url, headers=owner.headers, timeout=30, verify=False) as http:
        for _ in range(ROUNDS):
            for state, taken in ((nullcontext, calm), (fault, faulty)):
                with state():
                    _measure(http, samples // ROUNDS, taken)
    return calm, faulty


def _measure(http: httpx.Client, samples: int, taken: Taken) -> None:
    for _ in range(samples):
        for path in REQUESTS:
            start = time.perf_counter()
            answer = http.post(path, json=make_event()) if path == "/ingest" else http.get(path)
            taken[path].append((time.perf_counter() - start) * 1_000)
            assert answer.status_code == 200, answer.text


def _of(values: list[float], percentile: int) -> float:
    return statistics.quantiles(values, n=100)[percentile - 1]


def _line(path: str, calm: list[float], faulty: list[float]) -> str:
    usual, during = ([_of(values, percentile) for percentile in (50, 95)] for values in (calm, faulty))
    return f"{path} median {usual[0]:.1f} → {during[0]:.1f}, p95 {usual[1]:.1f} → {during[1]:.1f}"
