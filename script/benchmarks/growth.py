"""`script/bench growth`: compares the cost of an append to a log of five million events with one to an empty log.

Alternates between two databases of one PostgreSQL server that differ only in their rows. `script/bench growth ROWS`
sets another number.
"""

import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from django.db import connections

from events.store import append_rows
from events.store.drafts import EventRow
from script.benchmarks.shared import harness
from tests.people import make_user


@dataclass(frozen=True)
class Size:
    rows: int
    rounds: int


FULL, SMOKE = Size(rows=5_000_000, rounds=60), Size(rows=2_000, rounds=3)
USER_COUNT = 5
BATCH_SIZES = (1, 500)
BODY = os.urandom(600)  # the stored size of a payload of 2 KB

# Rows like the log's: numbered from 1 for each user, with random ids.
FILL_SQL = """
INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body)
SELECT %s, n, gen_random_uuid(), 1 + n %% 50, 1700000000000000 + n * 1000000, 1700000000000000, %s
FROM generate_series(1::bigint, %s) n
"""


def main(size: Size) -> None:
    users = [make_user().id for _ in range(USER_COUNT)]
    superuser, role = os.environ["MEMFOG_TEST_POSTGRES"], os.environ["DATABASE_URL"]
    full = f"memfog_growth_{os.getpid()}"
    copy_database(superuser, urlsplit(role).path[1:], full)
    try:
        fill_log(with_database(superuser, full), users, size.rows // USER_COUNT)
        with (
            psycopg.connect(role, autocommit=True) as small,
            psycopg.connect(with_database(role, full), autocommit=True) as large,
        ):
            compare(small, large, users[0], size)
    finally:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {full} WITH (FORCE)")


def with_database(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def copy_database(superuser: str, name: str, copy: str) -> None:
    connections.close_all()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")


def fill_log(url: str, users: list[UUID], rows_per_user: int) -> None:
    # The URL is a superuser's, to whom row-level security does not apply.
    with psycopg.connect(url, autocommit=True) as connection:
        for user in users:
            connection.execute(FILL_SQL, [user, BODY, rows_per_user])
            connection.execute(
                "INSERT INTO events_stream (user_id, head, has_removed_ids) VALUES (%s, %s, false)",
                [user, rows_per_user],
            )
        connection.execute("VACUUM ANALYZE events_event")
        connection.execute("CHECKPOINT")


def compare(small: psycopg.Connection, large: psycopg.Connection, user: UUID, size: Size) -> None:
    for count in BATCH_SIZES:
        latencies: tuple[list[float], list[float]] = ([], [])
        for _ in range(size.rounds):
            for connection, figures in zip((small, large), latencies, strict=True):
                figures.append(measure_append(connection, user, count))
        empty, grown = map(harness.median, latencies)
        harness.print_row(
            f"{count} at once, µs an event: in an empty log, in {size.rows:,}", empty, grown, grown / empty
        )


def measure_append(connection: psycopg.Connection, user: UUID, count: int) -> float:
    """Measures the microseconds per event, including the commit."""
    columns = append_rows.to_columns([EventRow(user, uuid4(), 1, 1, 1, BODY) for _ in range(count)])
    start = time.perf_counter()
    connection.execute(append_rows.APPEND_SQL, columns, binary=True)
    return (time.perf_counter() - start) / count * 1e6
