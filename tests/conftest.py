"""Fixtures of all tests. They test over HTTP against a real server; pytest's own process shares its database."""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck
from pytest_django.plugin import DjangoDbBlocker

from tests.databases import copy_sqlite, create_postgresql
from tests.environment import DATABASE, free_port
from tests.examples import tried
from tests.light_hashing import use_light_hashing
from tests.people import People, Person
from tests.server import Server

use_light_hashing()

# No deadline: on a busy machine the duration of one example means nothing. Fixtures of one test function are allowed:
# all examples of a test may share a database.
hypothesis.settings.register_profile(
    "memfog",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    max_examples=tried(),
)
hypothesis.settings.load_profile("memfog")


# Mark → whether this run has the service or program that tests with this mark need.
NEEDS = {
    "redis": "REDIS_URL" in os.environ,
    "postgresql": "MEMFOG_TEST_OWNER" in os.environ,
    "prometheus": shutil.which("promtool") is not None,
    "systemd": shutil.which("systemd-analyze") is not None,
}


MEASURED_SETS = 12  # of the parameters of a test, of which coverage is measured
REPEATED = pytest.StashKey[bool]()  # whether a test has parameters beyond these

# Fixtures that create a database. A test that uses one of them gets the mark `database`.
DATABASES = {"django_db_setup", "made"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects tests whose service or program this run lacks. Marks tests that use the database or are slow."""
    missing = {mark for mark, is_there in NEEDS.items() if not is_there}
    without = [item for item in items if missing & set(item.keywords)]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)
    counts = Counter[str]()
    for item in items:
        function = item.nodeid.partition("[")[0]
        counts[function] += 1
        item.stash[REPEATED] = counts[function] > MEASURED_SETS
        if DATABASES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        if item.get_closest_marker("slow"):
            item.user_properties.append(("slow", "yes"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measures no coverage in a test's later parameter sets: these rarely run other lines, and tracing takes long."""
    trace = sys.gettrace()
    if trace is None or not item.stash.get(REPEATED, False):
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keeps garbage collections from visiting the thousands of tests and modules again, which live until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Creates the scratch database. Rows are committed: each test makes its own users, so no test needs a rollback."""
    if superuser := os.environ.get("MEMFOG_TEST_POSTGRES"):
        create_postgresql(superuser, DATABASE)
    else:
        copy_sqlite(Path(os.environ["MEMFOG_DATA"]) / "memfog.sqlite3")
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session")
def database(django_db_setup: None) -> None:
    """For tests that use the database without a server."""


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Server]:
    running = Server(int(os.environ["PORT"]))
    running.covered = True
    running.start()
    if "REDIS_URL" in os.environ:
        running.start_worker()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def lives(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that ended the shared server, and restarts the server for the next tests."""
    server: Server | None = request.getfixturevalue("server") if "server" in request.fixturenames else None
    yield
    if server and (ended := server.revive()):
        pytest.fail(f"this test ended the shared server (exit code {ended})")


@pytest.fixture
def spare(server: Server) -> Iterator[Server]:
    """A second web process on the same database, for tests that end or kill one."""
    running = Server(free_port()).start()
    yield running
    running.stop()


@pytest.fixture
def fresh_http(server: Server) -> Iterator[Callable[[], httpx.Client]]:
    """Makes clients that each send from their own address, so that they do not share a rate limit."""
    with ExitStack() as clients:

        def make() -> httpx.Client:
            return clients.enter_context(server.client())

        yield make


@pytest.fixture
def http(fresh_http: Callable[[], httpx.Client]) -> httpx.Client:
    """A client that sends from its own address."""
    return fresh_http()


@pytest.fixture
def people(server: Server) -> Iterator[People]:
    made = People(server.url)
    yield made
    made.close()


@pytest.fixture
def alice(people: People) -> Person:
    return people()


@pytest.fixture
def bob(people: People) -> Person:
    """A second user, unrelated to Alice."""
    return people()
