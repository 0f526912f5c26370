"""Workers take users from the queue of the projection: the longest waiting first, each user once, nobody forgotten."""

import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import UUID

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connection

from events.isolation.row_security import acting_for
from events.models import Event, Stream
from memfog.celery import app
from memory import tasks
from memory.models import DailyTotal, ProjectionState
from memory.projection import projector, queue_worker, totals_queue
from memory.projection.user_queue import projection_queue, user_claims, worker_wake
from memory.projection.user_queue.user_claims import Claim
from tests import forking
from tests.memory.make import event
from tests.memory.rows import derived_rows
from tests.people import People, Person
from tests.server import wait_for

# Places in the queue before all that were given out yet.
_places_us = itertools.count(1_000_000, -1)
CLAIM_AND_FREEZE = """
import pathlib, time
from memory.projection import projector
from memory.projection.user_queue import user_claims
with user_claims.claim(projector.VERSION, users=1, events=500) as claim:
    pathlib.Path({path!r}).write_text(str(claim.states[0].user_id))
    time.sleep(600)
"""
postgresql = pytest.mark.postgresql
redis = pytest.mark.redis


def push(person: Person, *, events: int) -> None:
    person.push(*(event("prompt_submit", n, session=f"s{n % 3}", prompt=f"Do {n}") for n in range(events)))


def make_due(people: list[Person]) -> None:
    """Puts users at the head of the queue, in this order."""
    for person in reversed(people):
        Stream.objects.filter(user_id=person.id).update(queued_us=next(_places_us))
    projection_queue.prepare_new_users(projector.VERSION)


def claim_next() -> AbstractContextManager[Claim]:
    return user_claims.claim(projector.VERSION, users=1, events=projector.EVENT_BATCH_SIZE)


def is_queued(user_id: UUID) -> bool:
    return Stream.objects.filter(user_id=user_id, queued_us__isnull=False).exists()


def cursor_of(user_id: UUID) -> int:
    return ProjectionState.objects.filter(user_id=user_id).values_list("cursor", flat=True).first() or 0


def test_who_has_waited_longest_is_first(alice: Person, bob: Person) -> None:
    push(bob, events=1)
    push(alice, events=30)
    push(bob, events=40)
    behind = tasks.find_users_behind()
    assert behind.index(bob.id) < behind.index(alice.id)


def test_events_that_are_projected_wait_no_longer(alice: Person) -> None:
    assert not is_queued(alice.id)
    push(alice, events=3)
    assert is_queued(alice.id)
    push(alice, events=0)
    projector.catch_up(alice.id)
    assert not is_queued(alice.id)
    assert Stream.objects.get(user_id=alice.id).behind_since_us is None


@postgresql
@pytest.mark.usefixtures("stopped_worker")
def test_a_large_backlog_delays_nobody(people: People) -> None:
    busy, *others = [people() for _ in range(4)]
    for start in range(0, projector.EVENT_BATCH_SIZE * 2 + 1, 200):
        busy.push(*(event("prompt_submit", n, prompt=f"Do {n}") for n in range(start, start + 200)))
    for person in others:
        push(person, events=2)
    make_due([busy, *others])
    assert queue_worker.project_next_users(), "more users are due"
    assert cursor_of(busy.id) == projector.EVENT_BATCH_SIZE
    assert not any(cursor_of(person.id) for person in others)
    queue_worker.project_next_users()
    assert {cursor_of(person.id) for person in others} == {2}
    assert cursor_of(busy.id) == projector.EVENT_BATCH_SIZE
    assert is_queued(busy.id)
    wait_for(lambda: queue_worker.project_next_users() or not is_queued(busy.id), what="the rest of the backlog")


@postgresql
def test_workers_take_each_user_once(people: People) -> None:
    group = [people() for _ in range(6)]
    for person in group:
        push(person, events=20)
    make_due(group)

    def work(number: int) -> None:
        try:
            while any(is_queued(person.id) for person in group):
                queue_worker.project_next_users()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    for person in group:
        before = derived_rows(person.id)
        assert len(before["SessionEvent"]) == 20
        projector.reset_projection(person.id)
        projector.catch_up(person.id)
        assert derived_rows(person.id) == before


@postgresql
@pytest.mark.usefixtures("stopped_worker")
def test_two_claims_are_of_two_users(alice: Person, bob: Person) -> None:
    push(alice, events=1)
    push(bob, events=1)
    make_due([alice, bob])

    def find_next() -> list[UUID]:
        try:
            with claim_next() as claim:
                return [one.user_id for one in claim.states]
        finally:
            connection.close()

    with claim_next() as claim, ThreadPoolExecutor(1) as other:
        assert [one.user_id for one in claim.states] == [alice.id]
        assert other.submit(find_next).result() == [bob.id]
    # A claim that projected nothing leaves the user where they were.
    assert find_next() == [alice.id]


@postgresql
@pytest.mark.usefixtures("stopped_worker")
def test_the_claim_of_a_killed_worker_is_free_again(alice: Person, bob: Person, tmp_path: Path) -> None:
    push(alice, events=1)
    push(bob, events=1)
    make_due([alice, bob])
    claimed = tmp_path / "claimed"
    command = ["manage.py", "shell", "-v0", "-c", CLAIM_AND_FREEZE.format(path=str(claimed))]
    frozen = forking.settled(os.environ).start(command, os.environ)

    def next_user() -> UUID | None:
        with claim_next() as claim:
            return claim.states[0].user_id if claim.states else None

    wait_for(lambda: claimed.exists() and claimed.read_text() == str(alice.id), what="the other worker's claim")
    assert next_user() == bob.id
    frozen.kill()
    wait_for(lambda: next_user() == alice.id, what="the end of the claim")
    frozen.communicate()


@postgresql
@pytest.mark.usefixtures("stopped_worker")
def test_a_user_whose_projection_fails_stops_nobody(alice: Person, bob: Person) -> None:
    push(alice, events=1)
    push(bob, events=1)
    with acting_for(alice.id):
        Event.objects.for_user(alice.id).update(body=b"no event")
    make_due([alice, bob])
    queue_worker.project_next_users()
    assert (cursor_of(alice.id), cursor_of(bob.id)) == (0, 1)
    waits_until_us = Stream.objects.get(user_id=alice.id).queued_us
    assert waits_until_us
    assert waits_until_us > time.time_ns() // 1_000
    Stream.objects.filter(user_id=alice.id).update(queued_us=None, head=0)


@postgresql
@redis
def test_an_arrival_wakes_a_worker(alice: Person) -> None:
    push(alice, events=3)
    wait_for(lambda: cursor_of(alice.id) == 3, what="the projection that nobody asked for")


@postgresql
@redis
def test_the_sweep_finds_whom_no_arrival_names(alice: Person) -> None:
    push(alice, events=3)
    projector.catch_up(alice.id)
    ProjectionState.objects.filter(user_id=alice.id).update(rules_version=0)
    tasks.project_new_events()
    wait_for(lambda: ProjectionState.objects.get(user_id=alice.id).rules_version, what="the rebuild")
    assert len(derived_rows(alice.id)["Prompt"]) == 3


@postgresql
@redis
def test_totals_are_ready_before_the_first_visit(alice: Person) -> None:
    push(alice, events=3)
    projector.catch_up(alice.id)
    wait_for(lambda: tasks.refresh_totals() or totals_are_fresh(alice.id), what="the refresh of the totals")
    with acting_for(alice.id):
        assert DailyTotal.objects.for_user(alice.id).exists()


@postgresql
@redis
def test_a_task_for_all_users_lets_waiting_messages_pass(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run refreshes one user here, and the worker gets another message while users are left."""
    monkeypatch.setattr(tasks, "SLICE_S", 0.0)
    monkeypatch.setattr(totals_queue, "CLAIM_SIZE", 1)
    several = [people() for _ in range(3)]
    for person in several:
        push(person, events=3)
        projector.catch_up(person.id)
    runs, refresh = list[float](), totals_queue.refresh_outdated_totals

    def note_run(deadline: float) -> bool:
        runs.append(deadline)
        return refresh(deadline)

    monkeypatch.setattr(totals_queue, "refresh_outdated_totals", note_run)
    # A queue of its own, since the worker of another test may read the usual one. As the schedule does: one message.
    monkeypatch.setattr(tasks.refresh_totals, "queue", "slices", raising=False)
    tasks.refresh_totals.apply_async(expires=60)
    with start_worker(app, pool="solo", queues=["slices"], perform_ping_check=False, shutdown_timeout=60):
        wait_for(lambda: all(totals_are_fresh(person.id) for person in several), what="the totals of all")
    assert len(runs) >= len(several)


@postgresql
@redis
def test_a_task_for_all_users_ends_after_its_time(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = app.connection().channel().client  # type: ignore[attr-defined]  # of the transport for Redis
    queue.delete("slices")
    monkeypatch.setattr(tasks.refresh_totals, "queue", "slices", raising=False)
    monkeypatch.setattr(totals_queue, "refresh_outdated_totals", lambda until: False)
    tasks.refresh_totals.apply(headers={tasks.UNTIL_HEADER: str(time.time() - 1)})
    assert queue.llen("slices") == 0
    tasks.refresh_totals.apply(headers={tasks.UNTIL_HEADER: str(time.time() + 60)})
    assert queue.llen("slices") == 1
    queue.delete("slices")


@redis
def test_a_waiting_message_of_another_task_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_wake, "QUEUE", "wakes")
    queue = app.connection().channel().client  # type: ignore[attr-defined]  # of the transport for Redis
    queue.delete(worker_wake.QUEUE)
    app.send_task("memory.tasks.refresh_totals", expires=60, queue=worker_wake.QUEUE)
    for _ in range(2):
        worker_wake.wake_worker()
    newest, oldest = queue.lrange(worker_wake.QUEUE, 0, -1)
    assert worker_wake.TASK.encode() in newest
    assert worker_wake.TASK.encode() not in oldest


def totals_are_fresh(user_id: UUID) -> bool:
    state = ProjectionState.objects.get(user_id=user_id)
    return state.totals_cursor == state.cursor
