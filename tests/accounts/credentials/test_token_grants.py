"""Cached grants: those in use are loaded again together, and a revocation still takes effect in time."""

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.credentials import api_tokens, token_grants
from accounts.models import Token, User
from tests.accounts.calls import bearer
from tests.events.make import make_event
from tests.people import Person, make_user
from tests.server import wait_for


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    yield clock
    token_grants.refresh_used()


def make_tokens(user: User, count: int) -> list[UUID]:
    return [api_tokens.create(user.id, name=str(number)).id for number in range(count)]


@pytest.mark.django_db
def test_one_query_refreshes_all_tokens_in_use(clock: Clock) -> None:
    used, unused = make_tokens(make_user(), 20), make_tokens(make_user(), 3)
    token_grants.load_many(dict.fromkeys([*used, *unused], "memfog/1"))
    for _ in range(4):
        clock.now += token_grants.REFRESH_INTERVAL_S
        assert all(token_grants.find_cached(token_id) for token_id in used)
        with CaptureQueriesContext(connection) as queries:
            token_grants.refresh_used()
        assert len(queries) == 1
    assert not any(token_grants.find_cached(token_id) for token_id in unused)


@pytest.mark.django_db
def test_a_refresh_forgets_tokens_without_a_grant(clock: Clock) -> None:
    revoked, kept = make_tokens(make_user(), 2)
    (of_disabled,) = make_tokens(disabled := make_user(), 1)
    token_grants.load_many(dict.fromkeys([revoked, kept, of_disabled], ""))
    assert all(map(token_grants.find_cached, [revoked, kept, of_disabled]))
    # As by another process.
    Token.objects.filter(id=revoked).delete()
    User.objects.filter(id=disabled.id).update(is_active=False)
    token_grants.refresh_used()
    assert [bool(token_grants.find_cached(id_)) for id_ in (revoked, kept, of_disabled)] == [False, True, False]


@pytest.mark.django_db
def test_a_token_in_constant_use_records_its_use_each_minute(clock: Clock) -> None:
    (token_id,) = make_tokens(make_user(), 1)
    token_grants.load(token_id, client="memfog/1")
    Token.objects.filter(id=token_id).update(last_used_at=timezone.now() - timedelta(minutes=2))
    loaded = 0
    for _ in range(50):
        clock.now += token_grants.REFRESH_INTERVAL_S
        if token_grants.find_cached(token_id) is None:
            token_grants.load(token_id, client="memfog/2")
            loaded += 1
        token_grants.refresh_used()
    recently = timezone.now() - timedelta(minutes=1)
    assert loaded == 1
    assert Token.objects.filter(id=token_id, client="memfog/2", last_used_at__gt=recently).exists()


@pytest.mark.django_db
def test_many_tokens_are_loaded_by_one_query_and_their_use_by_one_for_each_client() -> None:
    token_ids = make_tokens(make_user(), 10)
    clients = {id_: f"memfog/{number % 2}" for number, id_ in enumerate(token_ids)}
    with CaptureQueriesContext(connection) as queries:
        grants = token_grants.load_many({**clients, uuid4(): "memfog/0"})
    assert set(grants) == set(token_ids)
    assert len(queries) == 1 + 2
    with CaptureQueriesContext(connection) as queries:
        token_grants.load_many(clients)
    assert len(queries) == 1  # their use was just recorded


def test_a_token_in_constant_use_is_refused_within_five_seconds_of_its_revocation(
    http: httpx.Client, alice: Person
) -> None:
    def send() -> int:
        return http.post("/ingest", json=make_event(), headers=bearer(alice.token)).status_code

    until = time.monotonic() + 2 * token_grants.REFRESH_INTERVAL_S
    while time.monotonic() < until:
        assert send() == 200
    Token.objects.filter(user_id=alice.id).delete()  # as by another process
    wait_for(lambda: send() == 401, seconds=5)
