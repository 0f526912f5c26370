"""`script/bench laptop [EVENTS] [SECONDS]`: what Memfog takes of a laptop: disk, memory, and processor when idle.

A scratch data directory with SQLite is filled with events like those of a day (`script.benchmarks.day`), a million
unless told otherwise; then a server is started as `script/run` does, and left alone. Needs no service.
"""

import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection

from events.endpoints import request_body
from events.retention import vacuum
from events.retention.retention_policy import Rule
from events.store import log
from memory.deletion import session_retention
from memory.projection import projector
from script.benchmarks import day, stand
from script.benchmarks.stand import say
from tests.people import make_user
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Events, seconds that a server is watched, and those in which it looks around first."""

    events: int
    seconds: int
    warm: int


FULL, SMOKE = Size(events=1_000_000, seconds=60, warm=30), Size(events=1_000, seconds=1, warm=1)
BATCH = 500


def main(size: Size) -> None:
    data, events = Path(os.environ["MEMFOG_DATA"]), size.events
    user_id = make_user().id
    before = idle(size)
    fill(user_id, events)
    tell_sizes("the log alone", sizes(data), events)
    read_on(user_id, events)
    tell_sizes("with what is derived", sizes(data), events)
    after = idle(size)
    for name in before:
        say(f"{name}: with an empty log, with {events:,} events", before[name], after[name])
    room(user_id, data)


def fill(user_id: UUID, events: int) -> None:
    start, payload = time.monotonic(), 0
    for at in range(0, events, BATCH):
        texts = [day.event(number) for number in range(at, min(at + BATCH, events))]
        payload += sum(map(len, texts))
        batch, rejected = request_body.read(user_id, f'{{"events":[{",".join(texts)}]}}'.encode())
        assert not rejected
        log.append([batch])
        progress("filled", at + BATCH, events, start)
    say("bytes of an event on the wire", payload / events)


def read_on(user_id: UUID, events: int) -> None:
    start = time.monotonic()
    projector.catch_up(user_id, told=lambda cursor: progress("derived", cursor, events, start))


def progress(what: str, done: int, events: int, start: float) -> None:
    if sys.stderr.isatty():
        pace = done / max(time.monotonic() - start, 0.001)
        print(f"\r{what}  {min(done, events) / events:4.0%}  {pace:,.0f} events/s   ", end="", file=sys.stderr)  # noqa: T201


def sizes(data: Path) -> dict[str, float]:
    """Bytes of each table with its indexes, and of the file."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(
            "SELECT CASE WHEN s.tbl_name LIKE 'memory_words%' THEN 'memory_words (search)' ELSE s.tbl_name END, "
            "sum(pgsize) FROM dbstat JOIN sqlite_schema s USING (name) GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
        )
        tables = {name: float(size) for name, size in cursor.fetchall()}
    return {"the file": float((data / "memfog.sqlite3").stat().st_size)} | tables


def tell_sizes(what: str, found: dict[str, float], events: int) -> None:
    say(f"{what}: MB, bytes an event", "")
    for name, size in found.items():
        say(f"  {name}", size / 1e6, size / events)


def idle(size: Size) -> dict[str, float]:
    """Of a server that nobody asks anything, once it has looked around: MB in use, and percent of one processor."""
    server = Server(int(os.environ["PORT"])).start()
    process = server.processes[0]
    try:
        time.sleep(size.warm)
        used, start = processor(process.pid), time.monotonic()
        time.sleep(size.seconds)
        share = (processor(process.pid) - used) / (time.monotonic() - start)
        return {"resident MB": stand.resident(process.pid), "idle processor, %": share * 100}
    finally:
        server.stop()


def processor(pid: int) -> float:
    """Seconds of processor time of a process and its threads, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def room(user_id: UUID, data: Path) -> None:
    """Retention takes half of it: how long the lock is held at a time, and what the disk gets back."""
    file = data / "memfog.sqlite3"
    whole, before = session_retention.weight(user_id), file.stat().st_size
    say("estimated MB, MB of the file", whole / 1e6, before / 1e6)
    held: list[float] = []
    last = time.monotonic()

    def breathe() -> None:
        nonlocal last
        held.append(time.monotonic() - last)
        last = time.monotonic()

    rule, now = Rule(bytes=whole // 2), time.time_ns() // 1_000
    start = time.monotonic()
    taken = session_retention.keep_within(user_id, rule, now_us=now, seconds=3_600, breathe=breathe)
    say("events taken, a second", taken.events / (time.monotonic() - start))
    say("ms a slice: half, one in a hundred, the longest", *(ms * 1_000 for ms in quantiles(held)))
    given = vacuum.give_back(seconds=600)
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%events_retired%'")
        ids = float(cursor.fetchone()[0])
    say("MB of the file then, MB given back", file.stat().st_size / 1e6, given * 4096 / 1e6)
    say("bytes that the id of each event still takes", ids / taken.events)


def quantiles(values: list[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]
