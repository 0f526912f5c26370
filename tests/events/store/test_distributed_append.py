"""The log where tables are distributed: a commit group is one call for each user, and the log stays exact."""

import random

import pytest
from django.conf import LazySettings
from django.db import DataError

from events.store import drafts, log
from events.store.async_postgres import AsyncPostgresPool
from tests.events.store.test_append import draft_of
from tests.events.store.test_async_postgres import run
from tests.people import People, Person

pytestmark = pytest.mark.postgresql


@pytest.fixture(autouse=True, params=[False, True], ids=["direct", "pooled"])
def distributed(settings: LazySettings, request: pytest.FixtureRequest) -> None:
    settings.DATABASE_DISTRIBUTED = True
    settings.DATABASE_POOLED = request.param


def ids_of(person: Person) -> list[object]:
    return [record.id for record in log.load_after(person.id, 0, limit=1_000)]


def test_a_group_of_many_users_is_numbered_for_each(people: People) -> None:
    persons, choose = [people() for _ in range(8)], random.Random(17)
    groups = [[draft_of(choose.choice(persons), choose.randint(1, 4)) for _ in range(10)] for _ in range(5)]
    outcomes: list[log.Appended] = []

    async def use(pool: AsyncPostgresPool) -> None:
        for group in groups:
            outcomes.extend(await log.append_async(pool, [*group, group[0]]))

    run(use)
    assert sum(one.accepted for one in outcomes) == sum(len(draft.rows) for group in groups for draft in group)
    assert sum(one.duplicates for one in outcomes) == sum(len(group[0].rows) for group in groups)
    for person in persons:
        sent = [row.id for group in groups for draft in group for row in draft.rows if draft.user_id == person.id]
        assert ids_of(person) == sent
        assert log.load_head(person.id) == len(sent)


def test_it_says_of_each_draft_which_rows_are_new(alice: Person, bob: Person) -> None:
    first, second = draft_of(alice, 3), draft_of(bob, 2)
    assert [one.accepted for one in log.append([first])] == [3]
    again = drafts.Draft(alice.id, [*first.rows, *draft_of(alice).rows])
    known, new = log.append([again, second])
    assert (known.accepted, known.duplicates, set(known.new_indices)) == (1, 3, {3})
    assert (new.accepted, new.duplicates, set(new.new_indices)) == (2, 0, {0, 1})


def test_what_is_wrong_for_one_user_is_stored_for_the_others_and_leaves_the_connection(alice: Person) -> None:
    async def use(pool: AsyncPostgresPool) -> None:
        statement = b"SELECT 1 / %b::int"
        with pytest.raises(DataError, match="division by zero"):
            await pool.fetch_each(statement, [[1], [0], [1]])
        assert await pool.fetch_each(statement, [[1], [-1]]) == [[(1,)], [(-1,)]]
        assert await pool.fetch(statement, [1]) == [(1,)]

    run(use)
