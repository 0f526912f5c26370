"""The suite goes through the door: HTTP to a real server. The tests' own process shares its database."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck
from pytest_django.plugin import DjangoDbBlocker

from tests.environment import free_port
from tests.people import People, Person
from tests.server import ROOT, Server

# How long an example takes says nothing on a busy machine; a database is the same for all of them.
hypothesis.settings.register_profile(
    "memfog", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis.settings.load_profile("memfog")


# What a test is about, and whether this run has it.
NEEDS = {
    "redis": "REDIS_URL" in os.environ,
    "postgresql": "MEMFOG_TEST_OWNER" in os.environ,
    "systemd": shutil.which("systemd-analyze") is not None,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test about a program or a service that this run does without has nothing to say: it is not collected."""
    missing = {mark for mark, is_there in NEEDS.items() if not is_there}
    without = [item for item in items if missing & set(item.keywords)]
    if without:
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The scratch database itself, with committed rows: each test has users of its own instead of a rollback."""
    owner = os.environ.get("MEMFOG_TEST_OWNER", os.environ.get("DATABASE_URL", ""))
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": owner} if owner else None, check=True)
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session", autouse=True)
def _database(django_db_setup: None) -> None:
    """Every test may use the database."""


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Server]:
    running = Server(int(os.environ["PORT"])).start()
    if "REDIS_URL" in os.environ:
        running.start_worker()
    yield running
    running.stop()


@pytest.fixture
def spare(server: Server) -> Iterator[Server]:
    """A second web process on the same database, for tests that end or kill one."""
    running = Server(free_port()).start()
    yield running
    running.stop()


@pytest.fixture
def fresh_http(server: Server) -> Iterator[Callable[[], httpx.Client]]:
    """Makes clients with addresses of their own, so that none uses up another's rate."""
    with ExitStack() as clients:

        def make() -> httpx.Client:
            return clients.enter_context(server.client())

        yield make


@pytest.fixture
def http(fresh_http: Callable[[], httpx.Client]) -> httpx.Client:
    """A client with an address of its own."""
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
    """A stranger to Alice."""
    return people()
