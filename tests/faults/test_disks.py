"""A full disk: the server acknowledges no event that it cannot store, and recovers when space is free again."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.parts import disk
from tests.faults.parts.cluster import Cluster
from tests.faults.parts.memfog import Memfog
from tests.faults.traffic import Traffic
from tests.server import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

PACE = 0.02
FULL_FOR = 4.0  # seconds that the disk stays full after the first refusal
RECOVERY = 30.0  # seconds; PostgreSQL ends when it cannot write its log, and is restarted


def _fill_and_relieve(traffic: Traffic, place: Path) -> None:
    """Fills the disk until a request is refused, waits, frees the disk, and waits for all events."""
    wait_for(lambda: len(traffic.tally.acknowledged) > 200, what="200 acknowledgements")
    wait_for(lambda: _refused(traffic, place), what="a refusal", seconds=60)
    time.sleep(FULL_FOR)
    disk.relieve(place)
    back = time.monotonic()
    wait_for(lambda: traffic.tally.last > back, what="an acknowledgement", seconds=RECOVERY)
    traffic.finish()


def _refused(traffic: Traffic, place: Path) -> bool:
    # Fill the disk on each check: a checkpoint of PostgreSQL removes old segments of its log, which frees space.
    disk.fill(place)
    return traffic.tally.refusals[503] > 0


@pytest.fixture
def place(scratch: Path, size_of_disk: int) -> Iterator[Path]:
    with disk.small_disk(scratch / "disk", size_of_disk) as mounted:
        yield mounted


@pytest.mark.parametrize("size_of_disk", [16])
def test_sqlite_on_a_full_disk(tmp_path: Path, place: Path) -> None:
    memfog = Memfog(tmp_path, data=place).start()
    try:
        owner = memfog.owner()
        starts = memfog.web.starts, *memfog.web_workers()
        with Traffic(memfog.url, owner, pace=PACE) as traffic:
            _fill_and_relieve(traffic, place)
        checks.nothing_lost("SQLite: disk full", 1, memfog, traffic)
        assert (memfog.web.starts, *memfog.web_workers()) == starts, "a process was restarted"
    finally:
        memfog.stop()
    database = sqlite3.connect(place / "memfog.sqlite3")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    checks.numbered_without_gaps(database.execute(checks.numbers_of(owner, sqlite=True)).fetchone())
    database.close()


@pytest.mark.parametrize("size_of_disk", [96])
@pytest.mark.parametrize("what", ["data", "log"])
def test_postgresql_on_a_full_disk(scratch: Path, place: Path, what: str) -> None:
    elsewhere = scratch / f"disk-{what}"
    elsewhere.mkdir()
    folder, wal = (place, elsewhere) if what == "data" else (elsewhere, place)
    cluster = Cluster(folder, wal).start()
    memfog = Memfog(elsewhere, database=cluster.database("memfog"))
    try:
        memfog.start()
        owner = memfog.owner()
        starts = memfog.web.starts, *memfog.web_workers()
        with Traffic(memfog.url, owner, pace=PACE) as traffic:
            _fill_and_relieve(traffic, place)
        checks.nothing_lost(f"PostgreSQL: disk of its {what} full", 1, memfog, traffic)
        assert (memfog.web.starts, *memfog.web_workers()) == starts, "a process was restarted"
        (numbers,) = cluster.ask(checks.numbers_of(owner), "memfog")
        checks.numbered_without_gaps(numbers)
        # Compare every index entry with its table.
        cluster.ask("CREATE EXTENSION amcheck", "memfog")
        cluster.ask(EVERY_INDEX, "memfog")
    finally:
        memfog.stop()
        cluster.service.stop()


EVERY_INDEX = (
    "SELECT bt_index_check(i.indexrelid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND c.relpersistence = 'p'"
)
