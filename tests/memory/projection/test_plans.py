"""On PostgreSQL, a new session is read as fast as an old one, whatever statistics the planner has."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from events.isolation.row_security import acting_for
from events.retention.retention_policy import RetentionLimits
from events.store import log
from memory.deletion import session_retention
from memory.projection import projector, table_statistics
from memory.sessions import session_events
from tests.memory.make import event
from tests.people import Person
from tests.server import wait_for

# A worker that projects meanwhile has the tables' statistics updated.
pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("stopped_worker")]
MANY = 1_200
FAR_FUTURE_US = 4_000_000_000_000_000
# Without small tables, which are read as fast without an index.
HOT = ("events_event", "memory_sessionevent")


@pytest.fixture
def reader(alice: Person) -> Person:
    """A user with a session that just arrived."""
    arrive(alice)
    return alice


def arrive(person: Person) -> None:
    bash: dict[str, Any] = {"tool_name": "Bash", "tool_input": {"command": "make"}, "tool_response": {"stdout": "ok"}}
    for at in range(0, MANY, 400):
        person.push(*(event("post_tool_use", at + n, tool_use_id=f"t{at + n}", **bash) for n in range(400)))
    person.push(event("prompt_submit", MANY, prompt="Go on."))
    projector.catch_up(person.id)


@pytest.fixture(params=["nothing", "everything"])
def known(request: pytest.FixtureRequest, reader: Person) -> Iterator[str]:
    """The planner's statistics of the tables: none, as for new tables, or complete."""
    with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
        owner.execute("ANALYZE")
        for table in HOT:
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
        if request.param == "nothing":
            forget(owner.info.dbname)
        yield request.param
        for table in HOT:
            owner.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)".encode())
        owner.execute("ANALYZE")


def forget(database: str) -> None:
    """Deletes the planner's statistics of the tables from the catalog, as only a superuser may."""
    with superuser(database) as root:
        for table in HOT:
            root.execute("DELETE FROM pg_statistic WHERE starelid = %s::regclass", [table])
            root.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = %s::regclass", [table])


def superuser(database: str) -> "psycopg.Connection[Any]":
    server, _, _ = os.environ["MEMFOG_TEST_POSTGRES"].rpartition("/")
    return psycopg.connect(f"{server}/{database}", autocommit=True)


def plans(act: Any) -> list[tuple[str, str]]:
    """Every statement on the hot tables that `act` runs, with its plan."""
    asked: list[tuple[str, Any]] = []

    def noted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        act()
    return [(sql, explain(sql, params)) for sql, params in asked if any(table in sql for table in HOT)]


def explain(sql: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


# The reads of a page: conversation, files and map; one page of the timeline; the steps around an event.
READS: dict[str, Callable[[Person], object]] = {
    "placed": lambda person: list(
        session_events.iter_events(person.id, "s1", max_events=6_000, extent=session_events.ScanExtent())
    ),
    "bounded": lambda person: log.load_bounded(person.id, range(1, MANY, 5), max_chars=1_000_000),
    "numbered": lambda person: log.load_by_seqs(person.id, range(1, MANY, 5)),
    "first": lambda person: session_events.load_session_page(person.id, "s1", None, limit=100, margin=200),
    "middle": lambda person: session_events.load_session_page(
        person.id, "s1", session_events.find_position(person.id, "s1", MANY // 2), limit=100, margin=200
    ),
    "end": lambda person: session_events.find_last_page_start(person.id, "s1", 100),
}


@pytest.mark.parametrize("read", READS)
def test_a_page_reads_by_its_index(reader: Person, known: str, read: str) -> None:
    with acting_for(reader.id):
        asked = plans(lambda: READS[read](reader))
    assert asked
    for sql, plan in asked:
        assert "Seq Scan" not in plan, (sql, plan)
        indexes = set(re.findall(r"using (\w+)", plan)) | set(re.findall(r"Bitmap Index Scan on (\w+)", plan))
        assert indexes <= {"events_event_pkey", "memory_moment_in_order", "memory_moment_pkey"}, (sql, plan)
        # Each event is read by its whole key; no read scans all events of a user.
        for condition in re.findall(r"events_event_pkey on .*\n +Index Cond: (.*)", plan):
            assert condition.count("seq") >= 2, plan


def test_retention_looks_sizes_up_by_key(reader: Person, known: str) -> None:
    """Through all of a user's events for each, an account of 4,000 took a minute to look at."""
    rule = RetentionLimits(max_days=1, max_bytes=None)
    with acting_for(reader.id):
        asked = plans(lambda: session_retention.preview_retention(reader.id, rule, now_us=FAR_FUTURE_US))
    (plan,) = [plan for sql, plan in asked if "GROUP BY" in sql]
    conditions = re.findall(r"events_event_pkey on .*\n +Index Cond: (.*)", plan)
    assert conditions
    assert min(condition.count("seq") for condition in conditions) >= 2, plan


def counted(column: str) -> int:
    """A counter of `memory_sessionevent`, as far as the writing processes have reported it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM pg_stat_user_tables WHERE relname = 'memory_sessionevent'")
        (number,) = cursor.fetchone()
    return int(number)


def is_counted() -> bool:
    """Whether the server analyzed the table. Autovacuum has a counter of its own, and the owner did nothing."""
    table_statistics.analyze_grown_tables()
    return counted("analyze_count") > 0


def test_the_servers_role_has_the_tables_counted_that_grew(alice: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT pg_has_role(tableowner, 'MEMBER') FROM pg_tables WHERE tablename = 'memory_sessionevent'"
        )
        assert cursor.fetchone() == (False,), "the server's role must not own the table"
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
    # As if no other test had used the table before.
    with superuser(database) as root:
        root.execute("SELECT pg_stat_reset_single_table_counters('memory_sessionevent'::regclass)")
    arrive(alice)
    wait_for(is_counted, what="an analysis of the new rows")
    wait_for(lambda: counted("n_mod_since_analyze") < 1_000, what="statistics that include the analysis")
    assert "memory_sessionevent" not in table_statistics.analyze_grown_tables(), "the table must be analyzed only once"
