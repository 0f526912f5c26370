"""`script/bench ingest`: compares `/ingest` and `/sync/push` with pgbench (same insert), COPY and a bare Bun server.

Prints the median of each figure and the median of the ratios per round, since the machine may be noisy. Beside a rate
stand the microseconds of processor time for an event: they vary little on a busy machine. BUN names an installed Bun;
without BUN the run installs one. EARLIER names a checkout of an earlier release, and RIVAL one of a public hook server
of Bun and SQLite: these are measured in turn with the others.
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import httpx

from events.endpoints import request_body
from events.store import drafts
from events.store.drafts import EventRow
from script.benchmarks.shared import baselines, harness
from script.benchmarks.shared.ingest_targets import (
    US_DATABASE,
    US_WEB,
    Figures,
    Target,
    create_token_on,
    start_others,
    start_sqlite_server,
)
from script.benchmarks.shared.redis_server import start_redis
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
    ("single events, PostgreSQL / earlier", "postgresql", "earlier postgresql", "≥ 2.0"),
    ("the same, µs of the web process / earlier", f"postgresql{US_WEB}", f"earlier postgresql{US_WEB}", "≤ 0.45"),
    ("the same, µs of PostgreSQL / earlier", f"postgresql{US_DATABASE}", f"earlier postgresql{US_DATABASE}", ""),
    ("single events, PostgreSQL / Bun", "postgresql", "bun", "≥ 1.0"),
    ("single events, PostgreSQL / pgbench", "postgresql", "pgbench", "≥ 0.6"),
    ("single events of 32 users, PostgreSQL / pgbench", "postgresql, 32 users", "pgbench", "≥ 0.6"),
    ("a process for each core, PostgreSQL / pgbench", "postgresql, a process for each core", "pgbench", "≥ 0.5"),
    ("single events, PostgreSQL / other hook server", "postgresql", "other hook server", "≥ 1.0"),
    ("single events, SQLite / earlier", "sqlite", "earlier sqlite", "≥ 2.0"),
    ("single events, SQLite / Bun", "sqlite", "bun", "≥ 1.0"),
    ("batches of 500, /ingest / COPY", "/ingest", "COPY", "≥ 0.5"),
    ("batches of 500, /sync/push / COPY", "/sync/push", "COPY", "≥ 0.5"),
    ("p99 of a lone event / pgbench -c1", "p99 lone", "p99 pgbench -c1", "≤ 3.0"),
    ("the same while the process projects / pgbench -c1", "p99 lone, projects", "p99 pgbench -c1", "≤ 10.0"),
]
USER_COUNT = 32


def main(size: Size) -> None:
    owner = os.environ["MEMFOG_TEST_OWNER"]
    baselines.make_table(owner)
    with ExitStack() as stack:
        # As in production, workers project: here none does, so that the figures are those of the web process.
        redis_url = stack.enter_context(start_redis())
        postgresql = Server(free_port(), REDIS_URL=redis_url).start()
        several = Server(free_port(), REDIS_URL=redis_url, WEB_CONCURRENCY=str(os.cpu_count())).start()
        alone = Server(free_port()).start()  # projects what arrives, as on a laptop
        sqlite, bun = start_sqlite_server(free_port()), baselines.BunServer()
        for server in (postgresql, several, alone, sqlite, bun):
            stack.callback(server.stop)
        people = People(postgresql.url)
        person = people()
        tokens = " ".join(people().token for _ in range(USER_COUNT))
        targets = {
            "postgresql": Target(postgresql, person.token, has_database=True),
            "postgresql, 32 users": Target(postgresql, tokens, has_database=True),
            "postgresql, a process for each core": Target(several, person.token, has_database=True),
            "bun": Target(bun, path=""),
            "sqlite": Target(sqlite, create_token_on(sqlite)),
            **start_others(stack, redis_url),
        }
        load = {"connections": size.connections, "seconds": size.seconds}

        def measure_lone(server: Server) -> Figures:
            wrk = harness.run_wrk(f"{server.url}/ingest", connections=1, seconds=size.seconds, tokens=person.token)
            return {"": wrk["p99_ms"]}

        measures: dict[str, Callable[[], Figures]] = {
            **{name: partial(target.measure, **load) for name, target in targets.items()},
            "pgbench": lambda: {"": baselines.run_pgbench(owner, clients=size.connections, seconds=size.seconds)[0]},
            "/ingest": lambda: {"": measure_batches(person, "/ingest", size.batches)},
            "/sync/push": lambda: {"": measure_batches(person, "/sync/push", size.batches)},
            "COPY": lambda: {"": baselines.measure_copy(owner, make_rows(person), repeats=size.batches)},
            "p99 lone": lambda: measure_lone(postgresql),
            "p99 lone, projects": lambda: measure_lone(alone),
            "p99 pgbench -c1": lambda: {"": baselines.run_pgbench(owner, clients=1, seconds=size.seconds)[1]},
        }
        figures: dict[str, list[float]] = defaultdict(list)
        idle = harness.resident_mb(postgresql.processes[0].pid)
        for _ in range(size.rounds):
            for name, measure in measures.items():
                for suffix, value in measure().items():
                    figures[name + suffix].append(value)
        loaded = harness.resident_mb(postgresql.processes[0].pid)
    report(figures, size, idle=idle, loaded=loaded)


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
        unit = "" if "µs" in name else ", ms" if "p99" in name else ", per second"
        harness.print_row(f"{name}{unit}", harness.median(values))
    harness.print_row("web process, MB: idle, under load", idle, loaded)
    harness.print_row("ratio", "median, goal")
    for label, ours, theirs, goal in RATIOS:
        if theirs not in figures:
            continue
        pairs = zip(figures[ours], figures[theirs], strict=True)
        harness.print_row(label, harness.median(a / b for a, b in pairs), goal)
