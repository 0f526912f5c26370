"""`script/bench backup`: backs up a database with a dump of 1 GiB, and compares `pg_dump | zstd | age` in the same run.

The pipeline runs with zstd's default level and with Memfog's level. Memfog also computes digests, counts rows and reads
the backup back. Prints seconds, processor seconds, Memfog's memory, and the ratio per round. Needs zstd and age.
"""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psycopg

from script.benchmarks.shared import harness

GIBIBYTE_BYTES = 1 << 30
BODY_BYTES = 700  # bytes of a stored event: random, since compressed text cannot be compressed again


@dataclass(frozen=True)
class Size:
    """The number of events (the full size makes a dump of 1 GiB) and of rounds."""

    events: int
    rounds: int


FULL, SMOKE = Size(events=GIBIBYTE_BYTES // (2 * BODY_BYTES + 130), rounds=3), Size(events=2_000, rounds=1)


class Cost(NamedTuple):
    seconds: float
    processor_seconds: float
    megabytes: float


def main(size: Size) -> None:
    superuser = re.sub("//[^@]+@", "//postgres@", os.environ["MEMFOG_TEST_OWNER"])
    fill_table(superuser, size.events)
    identity = harness.SCRATCH / "identity"
    keygen = subprocess.run(["age-keygen", "-o", identity], capture_output=True, text=True, check=True)
    recipient = keygen.stderr.split()[-1]
    rounds = [
        (
            run_pipeline(superuser, recipient),
            run_pipeline(superuser, recipient, "-1"),
            run_backup_now(superuser, recipient),
        )
        for _ in range(size.rounds)
    ]
    harness.print_row("size of the dump, MB", json.loads(newest_manifest().read_text())["plain"]["bytes"] / 1e6)
    for name, index in (("pg_dump | zstd | age", 0), ("pg_dump | zstd -1 | age", 1), ("backup_now", 2)):
        for field in Cost._fields:
            harness.print_row(f"{name}, {field}", harness.median(getattr(each[index], field) for each in rounds))
    harness.print_row(
        "throughput, backup_now / zstd", harness.median(a.seconds / c.seconds for a, _, c in rounds), "≥ 0.7"
    )
    harness.print_row("throughput, backup_now / zstd -1", harness.median(b.seconds / c.seconds for _, b, c in rounds))
    harness.print_row("memory of backup_now, MB", max(c.megabytes for _, _, c in rounds), "≤ 200")


def fill_table(url: str, rows: int) -> None:
    """Fills the log of one user with stored events."""
    row = "\t".join(["a" * 32, "%d", "%032x", "1", "%d", "%d", "\\\\x%s"]) + "\n"
    query = "COPY events_event (user_id, seq, id, location_id, ts_us, received_us, body) FROM STDIN"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(query) as copy:
        for n in range(1, rows + 1):
            copy.write(row % (n, n, n, n, os.urandom(BODY_BYTES).hex()))


def run_pipeline(url: str, recipient: str, level: str = "") -> Cost:
    sealed = harness.SCRATCH / "by-hand.age"
    dump, seal = f"pg_dump --format=custom --compress=0 '{url}'", f"age -r {recipient} -r {recipient}"
    return measure_command(["sh", "-c", f"{dump} | zstd {level} -c | {seal} > {sealed}"])


def run_backup_now(url: str, recipient: str) -> Cost:
    settings = {
        "BACKUP_DATABASE_URL": url,
        "BACKUP_URL": str(harness.SCRATCH / "backups"),
        "BACKUP_RECIPIENTS": f"{recipient},{recipient}",
    }
    return measure_command([sys.executable, "manage.py", "backup_now"], **settings)


def measure_command(command: list[str], **environment: str) -> Cost:
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=harness.ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def newest_manifest() -> Path:
    return max((harness.SCRATCH / "backups").glob("*/manifest.json"))
