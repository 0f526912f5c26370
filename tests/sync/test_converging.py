"""Two laptops and a cloud converge to equal logs after any order, interruption, clock or restored backup."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import Scope
from events.isolation.row_security import acting_for
from events.models import Event, Stream
from sync import sync_run
from tests.events.make import make_event
from tests.people import People, Person
from tests.sync.conftest import Pair, forget_events, held
from tests.sync.tap import Answer, Asked, Cut, Tap

STEPS = 25
TIMES = ("0001-01-01T00:00:00+14:00", "1999-12-31T23:59:60Z", "2026-11-21T08:00:00.1Z", "9999-12-31T23:59:59-12:00")


class Story:
    """A random sequence of changes to three logs. The same number always gives the same sequence."""

    def __init__(self, number: int, people: People, tap: Tap) -> None:
        self.dice, self.tap = random.Random(number), tap
        cloud = people()
        self.cloud = people(cloud.user, scope=Scope.SYNC)
        self.pairs = [Pair(people(), self.cloud, tap) for _ in range(2)]
        self.everybody = [self.cloud, *(pair.laptop for pair in self.pairs)]
        self.backup: tuple[int, list[Event]] = (0, [])
        self.told: list[str] = []
        # Events written on laptops must not be lost, and events deleted on laptops must not return; the cloud may be
        # restored from a backup.
        self.written: set[str] = set()
        self.deleted: set[str] = set()
        self.deleted_by_laptops: set[str] = set()

    def go_on(self) -> None:
        act = self.dice.choices(list(ACTS), weights=list(ACTS.values()))[0]
        self.told.append(act.__name__)
        act(self)

    def event(self) -> dict[str, Any]:
        return make_event(id=str(UUID(int=self.dice.getrandbits(128))), ts=self.dice.choice(TIMES))

    def write(self) -> None:
        events = [self.event() for _ in range(self.dice.randint(1, 4))]
        self.push(self.dice.choice(self.everybody), events)

    def push(self, person: Person, events: list[dict[str, Any]]) -> None:
        person.push(*events)
        if person is not self.cloud:
            self.written |= {event["id"] for event in events}

    def import_twice(self) -> None:
        events = [self.event() for _ in range(2)]
        for person in self.dice.sample(self.everybody, 2):
            self.push(person, events)

    def delete(self) -> None:
        person = self.dice.choice(self.everybody)
        if alive := person.walk():
            some = self.dice.sample(alive, min(len(alive), self.dice.randint(1, 3)))
            # Often the newest event, to which cursors point.
            chosen = [alive[-1]] if self.dice.random() < 0.4 else some
            ids = [event["id"] for event in chosen]
            forget_events(person, ids=ids)
            self.deleted |= set(ids)
            self.deleted_by_laptops |= set(ids) if person is not self.cloud else set()

    def sync(self) -> None:
        sync_run.run_sync(self.dice.choice(self.pairs).laptop.id)

    def sync_half(self) -> None:
        """The connection breaks at some request, before or after the other side has done it."""
        at, cut = self.dice.randint(1, 7), self.dice.choice(["before", "after"])

        def breaks(asked: Asked) -> Answer | None:
            if asked.number >= at:
                raise Cut
            return None

        self.tap.reset()
        setattr(self.tap, cut, breaks)
        sync_run.run_sync(self.dice.choice(self.pairs).laptop.id)
        self.tap.reset()

    def back_up(self) -> None:
        self.backup = snapshot(self.cloud)

    def restore(self) -> None:
        put_back(self.cloud, self.backup)


def snapshot(person: Person) -> tuple[int, list[Event]]:
    with acting_for(person.id):
        return Stream.objects.get(user_id=person.id).head, list(Event.objects.for_user(person.id))


def put_back(person: Person, backup: tuple[int, list[Event]]) -> None:
    head, rows = backup
    with acting_for(person.id):
        Event.objects.for_user(person.id).delete()
        Event.objects.for_user(person.id).bulk_create(rows)
    Stream.objects.filter(user_id=person.id).update(head=head)


ACTS: dict[Callable[[Story], None], int] = {
    Story.write: 6,
    Story.import_twice: 2,
    Story.delete: 5,
    Story.sync: 5,
    Story.sync_half: 4,
    Story.back_up: 1,
    Story.restore: 1,
}


@pytest.mark.parametrize("number", range(6))
def test_whatever_happens_all_end_with_the_same(number: int, people: People, tap: Tap) -> None:
    story = Story(number, people, tap)
    for pair in story.pairs:
        pair.opt_in()
    story.cloud.push(story.event())
    story.back_up()
    for _ in range(STEPS):
        story.go_on()
    for pair in story.pairs * 2:
        assert sync_run.run_sync(pair.laptop.id).state == "done"
    digests = [held(person) for person in story.everybody]
    assert digests[0] == digests[1] == digests[2], story.told
    left = {event["id"] for event in story.cloud.walk()}
    assert story.written - story.deleted <= left
    assert not left & story.deleted_by_laptops
    for pair in story.pairs:
        again = sync_run.run_sync(pair.laptop.id)
        assert (again.state, again.progress) == ("done", sync_run.SyncProgress())


def test_what_a_restored_backup_lost_comes_back_from_the_laptops(people: People, tap: Tap) -> None:
    story = Story(0, people, tap)
    first, second = story.pairs
    first.laptop.push(*(make_event(project=f"/{n}") for n in range(4)))
    first.opt_in()
    second.opt_in()
    old = snapshot(story.cloud)
    first.laptop.push(*(make_event(id=str(uuid4())) for _ in range(3)))
    second.laptop.push(make_event())
    forget_events(second.laptop, project="/0")
    for pair in story.pairs * 2:
        pair.sync()
    assert held(story.cloud).events == 7
    put_back(story.cloud, old)
    # The log grows beyond the cursors of the laptops, with other events.
    story.cloud.push(*(make_event() for _ in range(9)))
    for pair in story.pairs * 2:
        pair.sync()
    assert held(first.laptop) == held(second.laptop) == held(story.cloud)
    assert (held(story.cloud).events, held(story.cloud).deleted) == (16, 1)
