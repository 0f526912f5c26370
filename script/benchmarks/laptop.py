"""`script/bench laptop [EVENTS] [SECONDS]`: measures disk, memory and idle processor time of Memfog on a laptop.

Fills a scratch data directory on SQLite with events like those of a day (`script.benchmarks.day`), by default a
million. Then starts a server as `script/run` does, and leaves it idle. Needs no service.
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
from events.retention.retention_policy import RetentionLimits
from events.store import drafts, log
from memory.deletion import session_retention
from memory.projection import projector
from script.benchmarks.shared import harness, workday
from script.benchmarks.shared.harness import print_row
from tests.people import make_user
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """The number of events, and the seconds of the idle measurement and of the warm-up before it."""

    events: int
    seconds: int
    warm_up: int


FULL, SMOKE = Size(events=1_000_000, seconds=60, warm_up=30), Size(events=1_000, seconds=1, warm_up=1)
BATCH_SIZE = 500


def main(size: Size) -> None:
    data, events = Path(os.environ["MEMFOG_DATA"]), size.events
    user_id = make_user().id
    before = measure_idle(size)
    fill_log(user_id, events)
    print_sizes("the log alone", measure_sizes(data), events)
    project_log(user_id, events)
    print_sizes("with derived rows", measure_sizes(data), events)
    after = measure_idle(size)
    for name in before:
        print_row(f"{name}: with an empty log, with {events:,} events", before[name], after[name])
    measure_retention(user_id, data)


def fill_log(user_id: UUID, events: int) -> None:
    start, payload = time.monotonic(), 0
    for at in range(0, events, BATCH_SIZE):
        texts = [workday.make_event(number) for number in range(at, min(at + BATCH_SIZE, events))]
        payload += sum(map(len, texts))
        batch = request_body.parse_ingest(f'{{"events":[{",".join(texts)}]}}'.encode())
        assert not batch.rejected
        log.append([drafts.prepare(user_id, batch.events)])
        print_progress("filled", at + BATCH_SIZE, events, start)
    print_row("bytes of an event on the wire", payload / events)


def project_log(user_id: UUID, events: int) -> None:
    start = time.monotonic()
    projector.catch_up(user_id, on_progress=lambda cursor: print_progress("derived", cursor, events, start))


def print_progress(label: str, done: int, events: int, start: float) -> None:
    if sys.stderr.isatty():
        rate = done / max(time.monotonic() - start, 0.001)
        print(f"\r{label}  {min(done, events) / events:4.0%}  {rate:,.0f} events/s   ", end="", file=sys.stderr)  # noqa: T201


def measure_sizes(data: Path) -> dict[str, float]:
    """Returns the bytes of each table with its indexes, and of the file."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(
            "SELECT CASE WHEN s.tbl_name LIKE 'memory_words%' THEN 'memory_words (search)' ELSE s.tbl_name END, "
            "sum(pgsize) FROM dbstat JOIN sqlite_schema s USING (name) GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
        )
        tables = {name: float(size) for name, size in cursor.fetchall()}
    return {"the file": float((data / "memfog.sqlite3").stat().st_size)} | tables


def print_sizes(label: str, sizes_by_name: dict[str, float], events: int) -> None:
    print_row(f"{label}: MB, bytes an event", "")
    for name, size in sizes_by_name.items():
        print_row(f"  {name}", size / 1e6, size / events)


def measure_idle(size: Size) -> dict[str, float]:
    """Measures an idle server after its warm-up: resident MB, and percent of one processor."""
    server = Server(int(os.environ["PORT"])).start()
    process = server.processes[0]
    try:
        time.sleep(size.warm_up)
        processor_used, start = processor_seconds(process.pid), time.monotonic()
        time.sleep(size.seconds)
        share = (processor_seconds(process.pid) - processor_used) / (time.monotonic() - start)
        return {"resident MB": harness.resident_mb(process.pid), "idle processor, %": share * 100}
    finally:
        server.stop()


def processor_seconds(pid: int) -> float:
    """Returns the seconds of processor time of a process and its threads, with nanosecond resolution."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def measure_retention(user_id: UUID, data: Path) -> None:
    """Applies retention to half of the bytes; measures how long each step holds the lock and the freed disk space."""
    file = data / "memfog.sqlite3"
    estimated, file_bytes = session_retention.estimate_disk_bytes(user_id), file.stat().st_size
    print_row("estimated MB, MB of the file", estimated / 1e6, file_bytes / 1e6)
    lock_times: list[float] = []
    last = time.monotonic()

    def record_lock_time() -> None:
        nonlocal last
        lock_times.append(time.monotonic() - last)
        last = time.monotonic()

    rule, now = RetentionLimits(max_bytes=estimated // 2), time.time_ns() // 1_000
    start = time.monotonic()
    deleted, _ = session_retention.apply_retention(user_id, rule, now_us=now, seconds=3_600, pause=record_lock_time)
    print_row("events deleted per second", deleted.events / (time.monotonic() - start))
    print_row("ms per step: median, p99, maximum", *(ms * 1_000 for ms in quantiles(lock_times)))
    freed_pages = vacuum.free_pages(seconds=600)
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%events_removedids%'")
        ids = float(cursor.fetchone()[0])
    print_row("MB of the file afterwards, MB freed", file.stat().st_size / 1e6, freed_pages * 4096 / 1e6)
    print_row("bytes that the id of each event still takes", ids / deleted.events)


def quantiles(values: list[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]
