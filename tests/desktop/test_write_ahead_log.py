"""SQLite's write-ahead log moves into the database file while the server runs, and not within a commit."""

import sqlite3

from tests.desktop.laptop import DATABASE, Laptop
from tests.events.make import make_event
from tests.server import wait_for

REQUESTS, EVENTS = 50, 100  # more than the log may hold before it is moved


def count_stored(laptop: Laptop) -> int:
    """Counts the events in the database file alone: `immutable` makes SQLite ignore the log beside it."""
    database = sqlite3.connect(f"file:{laptop.data / DATABASE}?immutable=1", uri=True)
    try:
        (count,) = database.execute("SELECT count(*) FROM events_event").fetchone()
    except sqlite3.DatabaseError:  # the log is being moved
        return 0
    finally:
        database.close()
    return int(count)


def test_the_log_moves_into_the_database_while_the_server_runs(laptop: Laptop) -> None:
    before = count_stored(laptop)
    with laptop.browser() as http:
        http.headers["Authorization"] = f"Bearer {laptop.token()}"
        for _ in range(REQUESTS):
            events = [make_event(kind={"type": "Weather", "data": {"rain": True}}) for _ in range(EVENTS)]
            assert http.post("/ingest", json={"events": events}).json() == {"accepted": EVENTS}
    assert wait_for(lambda: count_stored(laptop) - before, what="the log to be moved") <= REQUESTS * EVENTS
