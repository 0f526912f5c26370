"""`script/bench growth`: what an event costs in a log of five million beside one in an empty log, in turns.

Two databases of one PostgreSQL, alike but for their rows. `script/bench growth ROWS` takes another number.
"""

import os
import sys
import time
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg

from script.benchmarks import stand

ROWS, USERS, ROUNDS = 5_000_000, 5, 60
SIZES = (1, 500)
BODY = os.urandom(600)  # what 2 KB of payload come to

# As the log would have it: numbered from 1 for each user, ids at random.
FILL = """
INSERT INTO events_event (user_id, seq, id, place_id, ts_us, received_us, body)
SELECT %s, n, gen_random_uuid(), 1 + n %% 50, 1700000000000000 + n * 1000000, 1700000000000000, %s
FROM generate_series(1::bigint, %s) n
"""


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    stand.set_up()
    from tests.people import make_user

    users = [make_user().id for _ in range(USERS)]
    superuser, role = os.environ["MEMFOG_TEST_POSTGRES"], os.environ["DATABASE_URL"]
    full = f"memfog_growth_{os.getpid()}"
    copy_database(superuser, urlsplit(role).path[1:], full)
    try:
        fill(at(superuser, full), users, rows // USERS)
        with psycopg.connect(role, autocommit=True) as few, psycopg.connect(at(role, full), autocommit=True) as many:
            compare(few, many, users[0], rows)
    finally:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {full} WITH (FORCE)")


def at(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def copy_database(superuser: str, name: str, copy: str) -> None:
    from django.db import connections

    connections.close_all()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")


def fill(url: str, users: list[UUID], each: int) -> None:
    # A superuser, whom row-level security does not bind.
    with psycopg.connect(url, autocommit=True) as connection:
        for user in users:
            connection.execute(FILL, [user, BODY, each])
            connection.execute(
                "INSERT INTO events_stream (user_id, head, retired) VALUES (%s, %s, false)", [user, each]
            )
        connection.execute("VACUUM ANALYZE events_event")
        connection.execute("CHECKPOINT")


def compare(few: psycopg.Connection, many: psycopg.Connection, user: UUID, rows: int) -> None:
    for size in SIZES:
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for connection, figures in zip((few, many), took, strict=True):
                figures.append(append(connection, user, size))
        empty, grown = map(stand.median, took)
        stand.say(f"{size} at once, µs an event: in an empty log, in {rows:,}", empty, grown, grown / empty)


def append(connection: psycopg.Connection, user: UUID, size: int) -> float:
    """Microseconds for each event, commit included."""
    from events import tables

    columns = tables.columns([tables.Row(user, uuid4(), 1, 1, 1, BODY) for _ in range(size)])
    start = time.perf_counter()
    connection.execute(tables.APPEND, columns, binary=True)
    return (time.perf_counter() - start) / size * 1e6


if __name__ == "__main__":
    main()
