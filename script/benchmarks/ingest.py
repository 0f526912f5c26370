"""`script/bench ingest`: compares `/ingest` and `/sync/push` with pgbench (same insert), COPY and a bare Bun server.

Prints the median of each figure and the median of the ratios per round, since the machine may be noisy. BUN names an
installed Bun; without BUN the run installs one.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from events.endpoints import request_body
from events.store import drafts
from events.store.drafts import EventRow
from script.benchmarks.shared import baselines, harness
from tests.databases import copy_sqlite
from tests.environment import free_port
from tests.people import People, Person
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Rounds, seconds per measure, parallel connections, and batches per measure of batches."""

    rounds: int
    seconds: int
    connections: int
    batches: int


FULL, SMOKE = Size(rounds=3, seconds=3, connections=32, batches=20), Size(rounds=1, seconds=1, connections=2, batches=2)
BATCH_SIZE = 500

RATIOS = [
    ("single events, PostgreSQL / Bun", "postgresql", "bun", "≥ 1.0"),
    ("single events, PostgreSQL / pgbench", "postgresql", "pgbench", "≥ 0.5"),
    ("the same, a process for each core / Bun", "postgresql, a process for each core", "bun", "≥ 1.0"),
    ("the same, a process for each core / pgbench", "postgresql, a process for each core", "pgbench", "≥ 0.5"),
    ("single events, SQLite / Bun", "sqlite", "bun", "≥ 1.0"),
    ("batches of 500, /ingest / COPY", "/ingest", "COPY", "≥ 0.5"),
    ("batches of 500, /sync/push / COPY", "/sync/push", "COPY", "≥ 0.5"),
    ("p99 of a lone event / pgbench -c1", "p99 lone", "p99 pgbench -c1", "≤ 3.0"),
]


def main(size: Size) -> None:
    owner = os.environ["MEMFOG_TEST_OWNER"]
    baselines.make_table(owner)
    postgresql, sqlite, bun = Server(free_port()).start(), start_sqlite_server(free_port()), baselines.BunServer()
    # One web process per core, as in production.
    several = Server(free_port(), WEB_CONCURRENCY=str(os.cpu_count())).start()
    person, token = People(postgresql.url)(), create_token_on(sqlite)
    idle = harness.resident_mb(postgresql.processes[0].pid)

    def measure_single_events(url: str, token: str = "") -> float:
        return harness.run_wrk(url, connections=size.connections, seconds=size.seconds, token=token)["rate"]

    def measure_lone_event(url: str, token: str) -> float:
        return harness.run_wrk(url, connections=1, seconds=size.seconds, token=token)["p99_ms"]

    measures: dict[str, Callable[[], float]] = {
        "postgresql": lambda: measure_single_events(f"{postgresql.url}/ingest", person.token),
        "pgbench": lambda: baselines.run_pgbench(owner, clients=size.connections, seconds=size.seconds)[0],
        "postgresql, a process for each core": lambda: measure_single_events(f"{several.url}/ingest", person.token),
        "bun": lambda: measure_single_events(bun.url),
        "sqlite": lambda: measure_single_events(f"{sqlite.url}/ingest", token),
        "/ingest": lambda: measure_batches(person, "/ingest", size.batches),
        "/sync/push": lambda: measure_batches(person, "/sync/push", size.batches),
        "COPY": lambda: baselines.measure_copy(owner, make_rows(person), repeats=size.batches),
        "p99 lone": lambda: measure_lone_event(f"{postgresql.url}/ingest", person.token),
        "p99 pgbench -c1": lambda: baselines.run_pgbench(owner, clients=1, seconds=size.seconds)[1],
    }
    figures: dict[str, list[float]] = defaultdict(list)
    try:
        for _ in range(size.rounds):
            for name, measure in measures.items():
                figures[name].append(measure())
        loaded = harness.resident_mb(postgresql.processes[0].pid)
    finally:
        for server in (postgresql, several, sqlite, bun):
            server.stop()
    report(figures, size, idle=idle, loaded=loaded)


def start_sqlite_server(port: int) -> Server:
    data = harness.SCRATCH / "sqlite"
    data.mkdir()
    copy_sqlite(data / "memfog.sqlite3")
    return Server(port, DATABASE_URL="", REDIS_URL="", MEMFOG_DATA=str(data)).start()


def create_token_on(server: Server) -> str:
    """Creates an API token in the database of `server`, which is not the database of this process."""
    code = (
        "from tests.people import make_user; from accounts.credentials import api_tokens as tokens; "
        "print(tokens.sign(make_user().tokens.get().id))"
    )
    shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
    result = subprocess.run(shell, cwd=harness.ROOT, env=server.environment, capture_output=True, text=True, check=True)
    return result.stdout.split()[-1]


def measure_batches(person: Person, path: str, batches: int) -> float:
    """Measures events per second of sequential batches from one client. The time excludes making the bodies."""
    bodies = [httpx.Request("POST", "http://x", json=make_batch()).content for _ in range(batches)]
    start = time.perf_counter()
    for body in bodies:
        response = person.http.post(path, content=body)
        assert response.json() == {"accepted": BATCH_SIZE}, response.text
    return batches * BATCH_SIZE / (time.perf_counter() - start)


def make_batch() -> dict[str, object]:
    text = harness.make_payload()
    return {"events": [harness.make_event(text) for _ in range(BATCH_SIZE)]}


def make_rows(person: Person) -> Sequence[EventRow]:
    return drafts.prepare(person.id, request_body.parse_ingest(json.dumps(make_batch()).encode()).events).rows


def report(figures: dict[str, list[float]], size: Size, *, idle: float, loaded: float) -> None:
    harness.print_row(f"{size.rounds} rounds of {size.seconds} s, {size.connections} connections", "median")
    for name, values in figures.items():
        harness.print_row(f"{name}, {'ms' if 'p99' in name else 'per second'}", harness.median(values))
    harness.print_row("web process, MB: idle, under load", idle, loaded)
    harness.print_row("ratio", "median, goal")
    for label, ours, theirs, goal in RATIOS:
        pairs = zip(figures[ours], figures[theirs], strict=True)
        harness.print_row(label, harness.median(a / b for a, b in pairs), goal)
