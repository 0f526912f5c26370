"""Two accounts of one server stand for two servers: a sync must make the log of each equal to the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Scope
from sync import log_digest
from tests.people import People, Person
from tests.server import Server
from tests.sync.tap import Tap


def held(person: Person) -> log_digest.LogDigest:
    return log_digest.compute_digest(person.id)


def sync(person: Person, *options: str) -> str:
    """Runs `manage.py sync`. Returns its output."""
    out = StringIO()
    call_command("sync", "--user", person.user.email, *options, stdout=out)
    return out.getvalue()


@dataclass
class Pair:
    """A laptop, and the account on another server with which it syncs through a tap."""

    laptop: Person
    cloud: Person  # with a token of scope `sync`
    tap: Tap

    def opt_in(self, *options: str, on: bool = False) -> str:
        """Links without `on` by default, because otherwise the server of this test run would sync at the same time."""
        once = () if on else ("--once",)
        return sync(self.laptop, "--to", self.tap.url, "--token", self.cloud.token, *once, *options)

    def sync(self, *options: str) -> str:
        return sync(self.laptop, *options)

    @property
    def same(self) -> bool:
        return held(self.laptop) == held(self.cloud)


@pytest.fixture
def tap(server: Server) -> Iterator[Tap]:
    with Tap(server.url).running() as running:
        yield running


@pytest.fixture
def pair(people: People, alice: Person, bob: Person, tap: Tap) -> Pair:
    return Pair(alice, people(bob.user, scope=Scope.SYNC), tap)


def forget_events(person: Person, **which: Any) -> None:
    """Deletes events through the API, as their owner."""
    headers = {"Authorization": f"Bearer {person.access_token()}"}
    answer = person.http.request("DELETE", "/api/events", json=which, headers=headers)
    assert answer.status_code == 200, answer.text
