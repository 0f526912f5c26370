"""Measures how long a server delayed a cheap request, from what the server's own threads did meanwhile.

Wall-clock time would also count the load of the machine. On Linux, the scheduler tells for each thread how long it ran,
and how long it was ready to run and waited for a processor.
"""

import os
import time
from pathlib import Path
from threading import Event
from typing import NamedTuple

import httpx


class Clocks(NamedTuple):
    """Seconds: that each thread ran, that the whole process ran, and that all threads waited for a processor."""

    ran: dict[str, float]
    in_all: float
    waited: float


def read(pid: int) -> Clocks:
    ran, waited = dict[str, float](), 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            on, ready, _ = map(int, (task / "schedstat").read_text().split())
        except OSError:
            continue  # the thread ended
        ran[task.name] = on / 1e9
        waited += ready / 1e9
    user, system = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[at] for at in (11, 12))
    return Clocks(ran, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK"), waited)


def held(took: float, before: Clocks, after: Clocks) -> float:
    """Returns the part of an answer's time in which a thread of the server ran and no thread waited for a processor.

    Code that holds the event loop or the interpreter's lock runs for that long.
    """
    ran = [ran - before.ran.get(name, 0.0) for name, ran in after.ran.items()]
    ended = after.in_all - before.in_all - sum(ran)  # by threads that ended
    return min(max(*ran, ended), took - (after.waited - before.waited))


def note_holds(url: str, pid: int, over: Event, found: list[float]) -> None:
    """Requests `/healthz` repeatedly until `over` is set. Adds to `found` the seconds that each answer was delayed."""
    with httpx.Client(base_url=url, timeout=60, verify=False, trust_env=False) as http:
        while not over.is_set():
            before, began = read(pid), time.monotonic()
            assert http.get("/healthz").text == "ok"
            found.append(held(time.monotonic() - began, before, read(pid)))
            over.wait(0.005)
