from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backups import bucket
from tests.backups.bucket import Moody
from tests.backups.site import ON_POSTGRESQL, Site, make_backup_role
from tests.environment import free_port
from tests.people import People, Person
from tests.server import Server


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests, because a migration takes longer than most tests."""
    if ON_POSTGRESQL:
        make_backup_role()
    built = Site(tmp_path_factory.mktemp("site"))
    yield built
    if ON_POSTGRESQL:
        built.drop()


@pytest.fixture
def site(made: Site) -> Site:
    """The site, without backups and without rows of backup runs."""
    made.empty_store()
    made.forget_runs()
    return made


@pytest.fixture(scope="session")
def door(made: Site) -> Iterator[Server]:
    """The web process of the site. Its schedule makes no backups; the tests make them."""
    running = Server(free_port(), **made.environment | {"BACKUP_URL": "", "WEB_CONCURRENCY": "1", "REDIS_URL": ""})
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def carol(made: Site, door: Server) -> Iterator[Person]:
    """A user of the site, who captures events."""
    code = (
        "from tests.people import make_user; from accounts.credentials import api_tokens as tokens; "
        "u = make_user(); print(u.id, tokens.sign(u.tokens.get().id))"
    )
    user_id, token = made.shell(code).split()
    people = People(door.url)
    yield _person(people, user_id, token)
    people.close()


def _person(people: People, user_id: str, token: str) -> Person:
    from accounts.models import User

    return Person(User(id=user_id), token, people.client({"Authorization": f"Bearer {token}"}))


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with bucket.running() as address:
        yield address


@pytest.fixture
def moody(s3: str) -> Iterator[Moody]:
    before = Moody(s3)
    yield before
    before.stop()


@pytest.fixture
def identity(site: Site) -> Path:
    return site.identity
