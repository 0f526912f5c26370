"""`script/bench fleet [USERS] [SECONDS]`: simulates users of one server, and computes what more users need.

First the users have a backlog, which one worker process derives, then two. Then they send events at a constant rate to
one and to two web processes, while some have open streams and some load pages. All on loopback.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from celery import Celery

from events.endpoints import request_body
from events.store import drafts, log
from memory.projection.queue_worker import GROUP_USERS
from script.benchmarks.shared import fleet_load, harness, process_usage
from script.benchmarks.shared.fleet_load import FleetLoad, FleetUser, Latencies
from script.benchmarks.shared.fleet_needs import MORE_USERS, FleetCost, compute_needs
from script.benchmarks.shared.process_usage import DATABASE, UsageSampler
from script.benchmarks.shared.redis_server import start_redis
from tests.environment import free_port
from tests.server import Server, wait_for


@dataclass(frozen=True)
class Size:
    """Users, seconds of each load, open streams, browsers, events of each user's backlog, and its time limit."""

    users: int
    seconds: int
    streams: int
    viewers: int
    backlog: int
    timeout: int


FULL = Size(users=1_000, seconds=60, streams=100, viewers=10, backlog=20, timeout=65)
SMOKE = Size(users=10, seconds=2, streams=2, viewers=2, backlog=3, timeout=30)
EVENTS_PER_USER_S = 0.5
PAGES_PER_USER_S = 1 / 300
LOADS = (1, 2)  # web processes
SETTLE_WAIT_S = 6.0  # longer than new events wait for more of the same user
DAY_HOURS = 8  # hours a day in which a user is active, for the size on disk


def main(size: Size) -> None:
    users = fleet_load.make_users(size.users, viewers=size.viewers)
    with start_redis() as redis_url:
        os.environ["REDIS_URL"] = redis_url
        first = fill_backlog(users, size, first=0)
        with start_celery(BEAT, WORKER) as (beat, worker):
            measure_backlog(size, workers=[worker])
            first = fill_backlog(users, size, first=first)
            with start_celery(WORKER) as (other,):
                measure_backlog(size, workers=[worker, other])
                for web_processes in LOADS:
                    groups = {"worker": [worker, other], "beat": [beat]}
                    first = measure_load(users, size, groups, web_processes=web_processes, first=first)


@contextmanager
def start_celery(*commands: Sequence[str]) -> Iterator[list[int]]:
    """Runs Celery processes with these arguments, and yields their ids."""
    environment = {**os.environ, "WEB_CONCURRENCY": "1"}
    celery = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "memfog"]
    options = {"cwd": harness.ROOT, "env": environment, "stdout": subprocess.DEVNULL}
    processes = [
        subprocess.Popen([*celery, *command], **options)  # type: ignore[call-overload]
        for command in commands
    ]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


WORKER = ("worker", "--loglevel", "ERROR", "--concurrency", "1")
BEAT = ("beat", "--loglevel", "ERROR", "--schedule", str(harness.SCRATCH / "beat"), "--pidfile", "")


def fill_backlog(users: Sequence[FleetUser], size: Size, *, first: int) -> int:
    """Appends the next events of each user, as the web process would. Returns the number of the event after them."""
    for index, user in enumerate(users):
        numbers = range(first, first + size.backlog)
        texts = [f'{{"id":"{uuid4()}",{fleet_load.load_event(index % 37 * 20 + number)}' for number in numbers]
        body = f'{{"events":[{",".join(texts)}]}}'.encode()
        log.append([drafts.prepare(user.id, request_body.parse_ingest(body).events)])
    return first + size.backlog


def measure_backlog(size: Size, *, workers: Sequence[int]) -> None:
    """Measures how fast workers derive the backlog of all users."""
    time.sleep(SETTLE_WAIT_S)
    # A worker that has started has a child process for its tasks.
    wait_for(lambda: all(len(process_usage.list_tree(pid)) > 1 for pid in workers), what="the workers")
    with process_usage.connect_as_superuser() as connection:
        before = count_events_behind(connection)
        # What the schedule sends each minute.
        Celery(broker=os.environ["REDIS_URL"]).send_task("memory.tasks.project_new_events")
        if size.users > GROUP_USERS:  # a worker's first batch includes its start
            wait_for(lambda: count_events_behind(connection) < before, what="a worker's first batch")
            before = count_events_behind(connection)
        with UsageSampler({"worker": workers}, users=size.users, interval_s=0.5) as usage:
            until = time.perf_counter() + size.timeout
            while (behind := count_events_behind(connection)) and time.perf_counter() < until:
                time.sleep(0.1)
        left = len(process_usage.measure_lags(connection))
    events, seconds = before - behind, usage.elapsed_s
    label = f"backlog, {count(len(workers), 'worker')}"
    harness.print_row(f"{label}: users left behind, seconds", float(left), seconds)
    harness.print_row(f"{label}: events/s, users/s", events / seconds, events / size.backlog / seconds)
    wanted = [usage.wanted_seconds[name] / seconds / len(workers) for name in ("worker", DATABASE)]
    harness.print_row(f"{label}: share of a core for each worker, its database", *wanted)
    costs = [usage.seconds[name] / max(1, events) * 1e6 for name in ("worker", DATABASE)]
    harness.print_row(f"{label}: µs of processor an event, worker, database", *costs)


def count_events_behind(connection: "psycopg.Connection[tuple[float]]") -> int:
    query = "SELECT COALESCE(sum(head - COALESCE(cursor, 0)), 0) FROM events_stream LEFT JOIN memory_projectionstate"
    (events,) = connection.execute(f"{query} USING (user_id)").fetchone() or (0,)
    return int(events)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s" if noun[-1] != "s" else "es")


def measure_load(
    users: Sequence[FleetUser], size: Size, groups: Mapping[str, Sequence[int]], *, web_processes: int, first: int
) -> int:
    """Measures a server under a constant load. Returns the number of each user's next event."""
    server = Server(
        free_port(), REDIS_URL=os.environ["REDIS_URL"], WEB_CONCURRENCY=str(web_processes), INGEST_RATE="0"
    ).start()
    rate = size.users * EVENTS_PER_USER_S
    try:
        load = FleetLoad(int(server.url.rsplit(":", 1)[1]), users, per_second=rate, seconds=size.seconds, first=first)
        disk_bytes = measure_disk_bytes()
        with UsageSampler({"web": [server.processes[0].pid], **groups}, users=size.users) as usage:
            latencies = asyncio.run(
                load.run(streams=size.streams, pages_per_second=max(1.0, size.users * PAGES_PER_USER_S))
            )
        disk_bytes = measure_disk_bytes() - disk_bytes
    finally:
        server.stop()
    label = count(web_processes, "web process")
    report_load(label, latencies, usage)
    report_needs(label, usage, events=len(latencies.ingest), disk_bytes=disk_bytes)
    return first + int(rate * size.seconds) // size.users + 1


def measure_disk_bytes() -> int:
    with process_usage.connect_as_superuser() as connection:
        (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        return int(size)


def report_load(label: str, latencies: Latencies, usage: UsageSampler) -> None:
    for name, values in (("ingest", latencies.ingest), ("pages", latencies.pages), ("streams", latencies.streams)):
        figures = [harness.percentile(values, percent) for percent in (50, 95, 99)]
        harness.print_row(f"{label}: {name}, ms, p50, p95, p99", *figures)
    harness.print_row(f"{label}: refused or lost", float(latencies.refused))
    lags = [harness.percentile(usage.lags, percent) for percent in (50, 95)]
    harness.print_row(f"{label}: derivation lag, s, p50, p95, maximum", *lags, max(usage.lags))
    harness.print_row(f"{label}: connections to the database", float(usage.connections))
    for name in ("web", "worker", "beat"):
        harness.print_row(f"{label}: MB, {name}", usage.megabytes[name])


def report_needs(label: str, usage: UsageSampler, *, events: int, disk_bytes: int) -> None:
    """Prints the cost of an event, and what more users need."""
    cost = FleetCost(
        web_us=usage.seconds["web"] / events * 1e6,
        worker_us=usage.seconds["worker"] / events * 1e6,
        database_us=usage.seconds[DATABASE] / events * 1e6,
        disk_bytes=disk_bytes / events,
    )
    harness.print_row(f"{label}: µs of processor an event, web, worker, database", *cost[:3])
    harness.print_row(f"{label}: bytes on disk an event", cost.disk_bytes)
    for users in MORE_USERS:
        needs = compute_needs(cost, users=users, events_per_user_s=EVENTS_PER_USER_S, hours=DAY_HOURS)
        harness.print_row(f"{label}: {users:,} users: cores of web, worker, database", *needs.cores)
        harness.print_row(f"{label}: {users:,} users: connections, GB on disk a day", *needs[3:])
