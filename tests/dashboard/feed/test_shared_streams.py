"""New events are rendered once for all equal pages of one user, and never for pages of another user."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest
from django.test.signals import template_rendered

from dashboard.feed import live_stream as pages
from events.endpoints import event_stream as api
from events.store import log
from events.store.log import Record
from memory.values.page_filter import NO_FILTER, PageFilter
from tests.dashboard.hostile_sessions import bash, prompt
from tests.people import Person

PAGES = 20
Render = Callable[[Sequence[Record]], Awaitable[str]]


@pytest.fixture
def laid_out() -> Iterator[list[str]]:
    """The names of the templates that were rendered, in order."""
    names: list[str] = []

    def note(template: Any, **others: Any) -> None:
        names.append(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def arrived(person: Person, count: int = 5) -> list[Record]:
    since = log.load_head(person.id)
    person.push(prompt("s1", "Go on."), *(bash("s1", at, "ok") for at in range(count - 1)))
    return log.load_after(person.id, since, limit=100)


async def told(renders: Sequence[Render], records: Sequence[Record]) -> set[str]:
    return set(await asyncio.gather(*(render(records) for render in renders)))


@pytest.mark.parametrize("scope", [NO_FILTER, PageFilter(project="/home/ada/shop")], ids=["everything", "a project"])
def test_feeds_of_one_scope_share_their_rows(alice: Person, laid_out: list[str], scope: PageFilter) -> None:
    records = arrived(alice)
    (message,) = asyncio.run(told([pages.make_rows_renderer(alice.id, scope) for _ in range(PAGES)], records))
    assert laid_out.count("feed/_rows.html") == 1
    assert message.count("<article") or message.count("<li")


def test_each_scope_and_each_user_has_rows_of_its_own(alice: Person, bob: Person, laid_out: list[str]) -> None:
    there = PageFilter(project="/home/ada/shop")
    asyncio.run(told([pages.make_rows_renderer(alice.id, scope) for scope in (NO_FILTER, there) * 10], arrived(alice)))
    assert laid_out.count("feed/_rows.html") == 2
    (hers,) = asyncio.run(told([pages.make_rows_renderer(alice.id, there)], arrived(alice)))
    (his,) = asyncio.run(told([pages.make_rows_renderer(bob.id, there)], arrived(bob)))
    assert laid_out.count("feed/_rows.html") == 4
    assert hers != his


def test_pages_of_one_session_share_its_steps(alice: Person, laid_out: list[str]) -> None:
    arrived(alice)
    at = log.load_head(alice.id)

    async def open_and_tell() -> list[set[str]]:
        renders = [await pages.make_steps_renderer(alice.id, "s1", at) for _ in range(PAGES)]
        return [await told(renders, more) for more in (first, second)]

    first, second = arrived(alice), arrived(alice)
    messages = asyncio.run(open_and_tell())
    assert laid_out.count("sessions/timeline/_timeline_update.html") == 2
    assert [len(one) for one in messages] == [1, 1]


def test_a_page_that_comes_later_is_told_the_same(alice: Person) -> None:
    """It starts at the cursor where the other pages started, and catches up with them."""
    arrived(alice)
    at = log.load_head(alice.id)
    first, second = arrived(alice), arrived(alice)

    async def tell() -> tuple[list[str], list[str]]:
        early = await pages.make_steps_renderer(alice.id, "s1", at)
        there = [await early(first), await early(second)]
        late = await pages.make_steps_renderer(alice.id, "s1", at)
        return there, [await late(first[:3]), await late(first[3:]), await late(second)]

    there, here = asyncio.run(tell())
    assert there[1] == here[2]
    ids = {f'id="e-{record.seq}"' for record in first}
    assert {one for one in ids if one in there[0]} == {one for one in ids if one in "".join(here[:2])}


def test_streams_of_events_share_their_messages(alice: Person, bob: Person) -> None:
    records = arrived(alice)

    async def tell() -> list[str]:
        return list(await asyncio.gather(*(api.render_messages(alice.id, records) for _ in range(PAGES))))

    messages = asyncio.run(tell())
    assert len({id(message) for message in messages}) == 1
    assert str(bob.id) not in messages[0]
