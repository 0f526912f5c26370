"""Programs with which the benchmarks compare Memfog, on the same machine in the same run."""

import itertools
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from events.store.drafts import EventRow
from script.benchmarks.shared import harness
from tests.environment import free_port
from tests.server import wait_for

TABLE = "bench_rows"
# One row like the log's, in a separate transaction.
INSERT_SQL = rf"""
\set number random(1, 9000000000000000000)
INSERT INTO {TABLE} (user_id, seq, id, location_id, ts_us, received_us, body)
SELECT gen_random_uuid(), :number, gen_random_uuid(), 1, 1700000000000000, 1700000000000000,
    decode(repeat('0123456789abcdef', 110), 'hex');
"""
COPY_SQL = f"COPY {TABLE} (user_id, seq, id, location_id, ts_us, received_us, body) FROM STDIN (FORMAT BINARY)"
_numbers = itertools.count(1)


def make_table(owner: str) -> None:
    """Creates a table like the log's, with its indexes and without its row-level security."""
    with psycopg.connect(owner) as connection:
        connection.execute(f"CREATE TABLE {TABLE} (LIKE events_event INCLUDING ALL)")


def run_pgbench(owner: str, *, clients: int, seconds: int) -> tuple[float, float]:
    """Runs the insert in pgbench. Returns transactions per second and the 99th percentile of the latency in ms."""
    script, log = harness.SCRATCH / "insert.sql", harness.SCRATCH / f"pgbench-{uuid4().hex}"
    script.write_text(INSERT_SQL)
    options = ["-n", f"-c{clients}", "-j1", f"-T{seconds}", "-Mprepared", "-l", f"--log-prefix={log}"]
    subprocess.run(["pgbench", *options, "-f", str(script), owner], check=True, capture_output=True)
    lines = [line for file in harness.SCRATCH.glob(f"{log.name}*") for line in file.read_text().splitlines()]
    latencies = sorted(int(line.split()[2]) for line in lines)
    return len(latencies) / seconds, latencies[len(latencies) * 99 // 100] / 1000


def measure_copy(owner: str, rows: Sequence[EventRow], *, repeats: int) -> float:
    """Measures rows per second of binary COPY, with one transaction per `rows`."""
    with psycopg.connect(owner) as connection:
        start = time.perf_counter()
        for _ in range(repeats):
            with connection.cursor().copy(COPY_SQL) as out:
                out.set_types(["uuid", "int8", "uuid", "int8", "int8", "int8", "bytea"])
                for row in rows:
                    out.write_row((uuid4(), next(_numbers), uuid4(), *row[2:]))
            connection.commit()
        return repeats * len(rows) / (time.perf_counter() - start)


class BunServer:
    """Runs a bare server of Bun and `bun:sqlite`: WAL, synchronous=NORMAL, one insert per request."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        script, database = harness.PROGRAMS_PATH / "bun.js", harness.SCRATCH / "bun.sqlite"
        self.process = subprocess.Popen([os.environ.get("BUN") or install_bun(), script, str(port), database])
        wait_for(self._is_up, what="Bun")

    @property
    def pid(self) -> int:
        return self.process.pid

    def _is_up(self) -> bool:
        try:
            return httpx.post(self.url, json=harness.make_event(harness.make_payload())).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class OtherHookServer:
    """Runs a public hook server of Bun and SQLite, without login or durability, from the checkout that `RIVAL` names.

    Its events have `source_app`, `session_id`, `hook_event_type`, `payload` and `timestamp`, and go to `/events`.
    """

    def __init__(self) -> None:
        port, folder = free_port(), harness.SCRATCH / "other-hook-server"
        self.url = f"http://127.0.0.1:{port}/events"
        folder.mkdir()  # it puts its database where it starts
        script = Path(os.environ["RIVAL"]).resolve() / "src" / "index.ts"
        self.process = subprocess.Popen(
            [os.environ.get("BUN") or install_bun(), script],
            cwd=folder,
            env={**os.environ, "SERVER_PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._is_up, what="the other hook server")

    @property
    def pid(self) -> int:
        return self.process.pid

    def _is_up(self) -> bool:
        try:
            return httpx.get(self.url.replace("/events", "/"), trust_env=False).status_code < 500
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def install_bun() -> str:
    folder = harness.SCRATCH / "bun"
    quiet = ["--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    subprocess.run(["npm", "install", *quiet, "bun"], check=True, capture_output=True)
    return str(folder / "node_modules/.bin/bun")
