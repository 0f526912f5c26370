"""A read that does not name its user raises, however it is evaluated."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from events.isolation.row_security import acting_for
from events.isolation.scoped_queryset import UnscopedQueryError
from events.models import Event, Location, Stream
from tests.events.make import make_event
from tests.people import Person

WAYS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "bool": bool,
    "len": len,
    "repr": repr,
    "slice": lambda rows: list(rows[:1]),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(user__isnull=False),
    "values": lambda rows: list(rows.values_list("user")),
    "iterator": lambda rows: list(rows.iterator()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "aggregate": lambda rows: rows.aggregate(),
    "update": lambda rows: rows.update(user=None),
    "delete": lambda rows: rows.delete(),
    "raw": lambda rows: rows.raw("SELECT 1"),
    "explain": lambda rows: rows.explain(),
    "filtered": lambda rows: list(rows.filter(user__isnull=False)),
    "inside another": lambda rows: list(ContentType.objects.filter(id__in=rows.values("user"))),
    "united": lambda rows: list(rows.union(rows)),
}


@pytest.mark.parametrize("model", [Event, Location])
@pytest.mark.parametrize("way", WAYS)
def test_an_unscoped_read_raises(model: Any, way: str) -> None:
    with pytest.raises(UnscopedQueryError):
        WAYS[way](model.objects.all())


def test_scoped_with_unscoped_raises(alice: Person) -> None:
    mine = Event.objects.for_user(alice.id)
    with pytest.raises(UnscopedQueryError):
        list(mine | Event.objects.all())
    with pytest.raises(UnscopedQueryError):
        list(mine.union(Event.objects.all()))


def test_a_scoped_read_answers_however_it_is_narrowed(alice: Person, bob: Person) -> None:
    alice.push(make_event())
    bob.push(make_event())
    with acting_for(alice.id):
        mine = Event.objects.for_user(alice.id)
        assert mine.count() == mine.alive().after(0).filter(seq=1).count() == len(mine | mine.alive()) == 1
        assert mine.exists()
        assert mine.aggregate() == {}
        assert Location.objects.for_user(alice.id).by_names(["/home/dev/my-repo"]).get().project == "/home/dev/my-repo"


@pytest.mark.usefixtures("database")
def test_upkeep_says_that_it_means_everyone() -> None:
    assert Event.objects.for_all_users().count() >= 0


def test_deleting_a_user_reaches_their_log(alice: Person) -> None:
    alice.push(make_event())
    with acting_for(alice.id):
        alice.user.delete()
        assert not Event.objects.for_user(alice.id).exists()
        assert not Location.objects.for_user(alice.id).exists()
    assert not Stream.objects.filter(user_id=alice.id).exists()
