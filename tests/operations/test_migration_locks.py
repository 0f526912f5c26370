"""A migration that cannot have its lock fails soon: everybody else who wants the table waits behind it."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.databases import create_postgresql, drop_postgresql
from tests.house.test_start import manage
from tests.server import wait_for

BEFORE = ("events", "0007")
RENAMES = "events_event"  # what the next migration locks
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'memfog migration' AND wait_event_type = 'Lock'"
)


@pytest.fixture
def url() -> Iterator[str]:
    superuser, name = os.environ["MEMFOG_TEST_POSTGRES"], f"memfog_test_locks_{os.getpid()}"
    drop_postgresql(superuser, name)
    yield create_postgresql(superuser, name, migrated=False)
    drop_postgresql(superuser, name)


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_migration_fails_rather_than_making_others_wait(url: str) -> None:
    assert manage("migrate", "-v0", *BEFORE, DATABASE_URL=url).returncode == 0
    with (
        psycopg.connect(url) as reader,
        psycopg.connect(url, autocommit=True) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        # As a dump of the database does for minutes.
        reader.execute(f"SELECT FROM {RENAMES}".encode())
        migration = pool.submit(manage, "migrate", "-v0", "events", DATABASE_URL=url)
        wait_for(lambda: other.execute(WAITING).fetchone() == (1,), what="a migration that waits")
        began = time.monotonic()
        other.execute(f"SELECT FROM {RENAMES}".encode())  # waits behind the migration
        assert time.monotonic() - began < 20
        failed = migration.result()
        assert failed.returncode != 0
        assert "lock timeout" in failed.stderr
        reader.rollback()
    assert manage("migrate", "-v0", DATABASE_URL=url).returncode == 0
