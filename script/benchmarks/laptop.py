"""`script/bench laptop [EVENTS] [SECONDS]`: what Memfog takes of a laptop: disk, memory, and processor when idle.

A scratch data directory with SQLite is filled with events like those of a day (`script.benchmarks.day`), a million
unless told otherwise; then a server is started as `script/run` does, and left alone. Needs no service.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from uuid import UUID

EVENTS, BATCH, SECONDS, WARM = 1_000_000, 500, 60, 30
ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS
    with tempfile.TemporaryDirectory(prefix="memfog-laptop-") as data:
        environment = set_up(Path(data))
        user_id = make_user()
        before = idle(environment, seconds)
        fill(user_id, events)
        tell_sizes("the log alone", sizes(Path(data)), events)
        read_on(user_id, events)
        tell_sizes("with what is derived", sizes(Path(data)), events)
        after = idle(environment, seconds)
        for name in before:
            say(f"{name}: with an empty log, with {events:,} events", before[name], after[name])
        room(user_id, Path(data))


def set_up(data: Path) -> dict[str, str]:
    """A data directory of its own, and Django on it."""
    for name in ("MEMFOG_TEST_POSTGRES", "MEMFOG_TEST_REDIS", "DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    from tests.environment import free_port

    os.environ |= {"MEMFOG_DATA": str(data), "PORT": str(free_port()), "LOG_LEVEL": "WARNING"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "memfog.settings"
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
    import django

    django.setup()
    return dict(os.environ)


def make_user() -> UUID:
    from tests.people import make_user

    return make_user().id


def fill(user_id: UUID, events: int) -> None:
    from events import intake, log
    from script.benchmarks import day

    start, payload = time.monotonic(), 0
    for at in range(0, events, BATCH):
        texts = [day.event(number) for number in range(at, min(at + BATCH, events))]
        payload += sum(map(len, texts))
        batch, rejected = intake.read(user_id, f'{{"events":[{",".join(texts)}]}}'.encode())
        assert not rejected
        log.append([batch])
        progress("filled", at + BATCH, events, start)
    say("bytes of an event on the wire", payload / events)


def read_on(user_id: UUID, events: int) -> None:
    from memory import projector

    start = time.monotonic()
    projector.catch_up(user_id, told=lambda cursor: progress("derived", cursor, events, start))


def progress(what: str, done: int, events: int, start: float) -> None:
    if sys.stderr.isatty():
        pace = done / max(time.monotonic() - start, 0.001)
        print(f"\r{what}  {min(done, events) / events:4.0%}  {pace:,.0f} events/s   ", end="", file=sys.stderr)  # noqa: T201


def sizes(data: Path) -> dict[str, float]:
    """Bytes of each table with its indexes, and of the file."""
    from django.db import connection

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


def idle(environment: dict[str, str], seconds: int) -> dict[str, float]:
    """Of a server that nobody asks anything, once it has looked around: MB in use, and percent of one processor."""
    import httpx

    from tests.server import wait_for

    url = f"http://127.0.0.1:{environment['PORT']}/healthz"

    def is_up() -> bool:
        try:
            return httpx.get(url).status_code == 200
        except httpx.TransportError:
            return False

    process = subprocess.Popen([sys.executable, "-m", "memfog"], cwd=ROOT, env=environment)
    try:
        wait_for(is_up, what="the server", seconds=120)
        time.sleep(WARM)
        used, start = processor(process.pid), time.monotonic()
        time.sleep(seconds)
        share = (processor(process.pid) - used) / (time.monotonic() - start)
        return {"resident MB": resident(process.pid), "idle processor, %": share * 100}
    finally:
        process.terminate()
        process.wait(30)


def processor(pid: int) -> float:
    """Seconds of processor time of a process and its threads, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident(pid: int) -> float:
    from script.benchmarks import stand

    return stand.resident(pid)


def room(user_id: UUID, data: Path) -> None:
    """Retention takes half of it: how long the lock is held at a time, and what the disk gets back."""
    from django.db import connection

    from events import space
    from events.keeping import Rule
    from memory import retention

    file = data / "memfog.sqlite3"
    whole, before = retention.weight(user_id), file.stat().st_size
    say("estimated MB, MB of the file", whole / 1e6, before / 1e6)
    held: list[float] = []
    last = time.monotonic()

    def breathe() -> None:
        nonlocal last
        held.append(time.monotonic() - last)
        last = time.monotonic()

    rule, now = Rule(bytes=whole // 2), time.time_ns() // 1_000
    start = time.monotonic()
    taken = retention.keep_within(user_id, rule, now_us=now, seconds=3_600, breathe=breathe)
    say("events taken, a second", taken.events / (time.monotonic() - start))
    say("ms a slice: half, one in a hundred, the longest", *(ms * 1_000 for ms in quantiles(held)))
    given = space.give_back(seconds=600)
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%events_retired%'")
        ids = float(cursor.fetchone()[0])
    say("MB of the file then, MB given back", file.stat().st_size / 1e6, given * 4096 / 1e6)
    say("bytes that the id of each event still takes", ids / taken.events)


def quantiles(values: list[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1]


def say(*cells: object) -> None:
    from script.benchmarks import stand

    stand.say(*cells)


if __name__ == "__main__":
    main()
