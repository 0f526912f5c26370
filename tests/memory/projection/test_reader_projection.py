"""Pages of a user who is behind: a worker projects and pages only read, so a replica of the database can serve them."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from redis import Redis

from accounts.api_base.problem import Problem
from events.store import log
from memory.models import ProjectionState
from memory.projection import projector, reader_projection
from memory.projection.user_queue import projection_requests, worker_wake
from tests.memory.make import event
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.redis]


def push(person: Person, prompt: str, session: str = "s2") -> None:
    person.push(event("prompt_submit", 1, session=session, prompt=prompt), event("stop", 2, session=session))


@contextmanager
def only_reading() -> Iterator[None]:
    """Makes this thread's connection one of a replica: a statement that writes fails."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")


@pytest.fixture
def inside() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture
def awake_worker(server: Server, alice: Person) -> None:
    push(alice, "Wake the worker", "s1")
    wait_for(worker_wake.has_worker)


@pytest.mark.parametrize(
    "path", ["/", "/live/wall", "/sessions", "/search?q=refund", "/sessions/s2", "/insights", "/memory"]
)
def test_a_page_shows_what_just_arrived_and_writes_nothing(
    awake_worker: None, alice: Person, inside: Client, path: str
) -> None:
    inside.force_login(alice.user)
    push(alice, "Refund the order")

    def ask() -> bool:
        """On a busy machine no worker may be free for the first page."""
        inside.get(path, follow=True)
        return _is_projected(alice)

    with only_reading():
        wait_for(ask)
        answer = inside.get(path, follow=True)
    assert answer.status_code == 200
    if path not in {"/insights", "/memory", "/live/wall"}:
        assert "Refund the order" in answer.content.decode()


def test_answers_of_the_api_show_what_just_arrived_and_write_nothing(
    awake_worker: None, alice: Person, inside: Client
) -> None:
    push(alice, "Refund the order")
    bearer = {"Authorization": f"Bearer {alice.token}"}
    assert inside.get("/me", headers=bearer).status_code == 200  # records the use of the token
    with only_reading():
        wait_for(lambda: "Refund the order" in json.dumps(inside.get("/api/sessions", headers=bearer).json()))


def test_a_replica_without_a_free_worker_shows_what_is_there(
    awake_worker: None, stopped_worker: None, alice: Person
) -> None:
    push(alice, "Refund the order")
    with only_reading():
        assert not reader_projection.catch_up(alice.id, seconds=1.0)
    assert not _is_projected(alice)


def test_a_reader_whom_no_worker_serves_projects_on_its_own(
    awake_worker: None, stopped_worker: None, alice: Person
) -> None:
    push(alice, "Refund the order")
    assert reader_projection.catch_up(alice.id, seconds=5.0)
    assert _is_projected(alice)


def test_a_reader_leaves_the_log_of_a_later_release_alone(awake_worker: None, alice: Person) -> None:
    push(alice, "Refund the order")
    reader_projection.catch_up(alice.id, seconds=5.0)
    states = ProjectionState.objects.filter(user_id=alice.id)
    states.update(rules_version=projector.VERSION + 1, cursor=0)
    started = time.monotonic()
    assert not reader_projection.catch_up(alice.id, seconds=60.0)
    assert time.monotonic() - started < 60.0
    assert states.get().cursor == 0


def test_without_redis_nobody_waits_for_a_worker(settings: object) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    assert not worker_wake.has_worker()


def _is_projected(person: Person) -> bool:
    state = ProjectionState.objects.filter(user_id=person.id).first()
    return state is not None and state.cursor == log.load_head(person.id)


def test_a_worker_leaves_out_requests_whose_reader_has_given_up(
    stopped_worker: None, settings: LazySettings, alice: Person
) -> None:
    key, redis = projection_requests.REQUESTS_KEY, Redis.from_url(settings.CELERY_BROKER_URL)
    redis.delete(key)
    for reply_key, age_s in (("late", projection_requests.REQUEST_S), ("newer", 0.0)):
        redis.rpush(key, json.dumps([str(alice.id), reply_key, time.time() - age_s]))
    assert projection_requests.take_request() == (alice.id, "newer")
    assert projection_requests.take_request() is None


def test_a_reader_goes_on_when_it_is_not_waited_for_itself(stopped_worker: None, alice: Person) -> None:
    request = projection_requests.send_request(alice.id)

    def give_up() -> None:
        raise Problem("unavailable", "enough")

    with pytest.raises(Problem):
        projection_requests.await_projection(request, start_s=60.0, end_s=60.0, check=give_up)


def test_a_redis_that_answers_nothing_costs_no_page(settings: LazySettings, alice: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        push(alice, "Refund the order")
        with pytest.raises(projection_requests.REDIS_ERRORS):
            projection_requests.send_request(alice.id)
        assert reader_projection.catch_up(alice.id, seconds=5.0)
    assert _is_projected(alice)


def test_a_worker_projects_whom_a_reader_asks_for(awake_worker: None, alice: Person) -> None:
    push(alice, "Refund the order")
    request = projection_requests.send_request(alice.id)
    worker_wake.wake_worker()
    assert projection_requests.await_projection(request, start_s=30.0, end_s=30.0, check=lambda: None)
    assert _is_projected(alice)
