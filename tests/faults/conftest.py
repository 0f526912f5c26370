"""Fixtures of the tests of faults: servers that a test may kill, freeze or cut off."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.parts.cluster import Cluster, RedisServer
from tests.faults.parts.memfog import Memfog, Owner


@dataclass(frozen=True)
class Size:
    """The amounts of a run: `script/faults` uses the full size, CI the bounded size."""

    events: int
    strikes: tuple[int, int]  # acknowledged events between two kills: lowest, highest
    pace: float  # seconds that a client waits between two events
    outage: float  # seconds that an outage lasts
    hang: float  # seconds that a statement hangs after the first response 503
    samples: int  # requests for each percentile
    percentile: int  # the percentile to compare; with few samples the 95th depends on the machine


FULL = Size(events=20_000, strikes=(300, 2_000), pace=0.01, outage=60.0, hang=25.0, samples=400, percentile=95)
BOUNDED = Size(events=1_600, strikes=(100, 500), pace=0.03, outage=6.0, hang=2.0, samples=100, percentile=50)


IS_BOUNDED = os.environ.get("MEMFOG_TEST_FAULTS") == "bounded"


@pytest.fixture(scope="session")
def size() -> Size:
    return BOUNDED if IS_BOUNDED else FULL


@pytest.fixture(scope="session", autouse=True)
def _ends_orderly() -> None:
    """Makes SIGTERM interrupt the run like Ctrl-C, so that it still ends its processes and unmounts its disks."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="memfog-faults-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(scratch: Path) -> Iterator[Cluster]:
    folder = scratch / "cluster"
    folder.mkdir()
    made = Cluster(folder).start()
    yield made
    made.service.stop()


@pytest.fixture(scope="session")
def redis(scratch: Path) -> Iterator[RedisServer]:
    made = RedisServer(scratch).start()
    yield made
    made.service.stop()


@pytest.fixture(scope="session")
def memfog(scratch: Path, cluster: Cluster, redis: RedisServer) -> Iterator[Memfog]:
    """A server as in production: PostgreSQL, Redis, a worker, two web processes."""
    made = Memfog(scratch, database=cluster.database("memfog"), redis=redis.url, processes=2)
    yield made.start()
    made.stop()


@pytest.fixture
def owner(memfog: Memfog) -> Owner:
    return memfog.owner()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if table.rows or table.notes:
        terminalreporter.section("what the faults did")
        for line in table.lines():
            terminalreporter.line(line)
