"""Half-hour counts, and their agreement with the totals of days, projects and sessions."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.isolation.row_security import acting_for
from events.wire.hook_event import HookEvent
from events.wire.timestamps import parse_rfc3339
from memory.models import Session
from memory.projection import projector, rollups
from memory.rules import half_hour_counts
from memory.rules.half_hour_counts import SECOND_QUARTER, CountKey, CountTotals
from memory.rules.session_projection import start_projection
from memory.rules.token_usage import TOKEN_FIELDS
from memory.sessions import insight_queries
from memory.sessions.insight_queries import TotalKey
from memory.values.page_filter import PageFilter
from tests.memory.make import SECOND, START, event, usage
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import People, Person

HALF_HOUR, QUARTER_US = 1_800, 900 * SECOND
SLOT = START // (HALF_HOUR * SECOND)
MINUTE, DAY = 60, 86_400
BASH = {"tool_name": "Bash", "tool_use_id": "t1"}
PERMISSION = {"notification_type": "permission_prompt"}


def tallied(*told: dict[str, Any], late: float = 0) -> dict[CountKey, CountTotals]:
    """The half-hour counts of one session. Each event arrives `late` seconds after it happened."""
    made = None
    for seq, one in enumerate(told):
        happening = HookEvent.parse(seq, json.dumps(one), _at(one) + round(late * SECOND))
        assert happening.session_id
        made = made or start_projection([happening])
        made.apply([happening])
    assert made
    return made.counts.totals


def _at(one: dict[str, Any]) -> int:
    at_us = parse_rfc3339(one["ts"])
    assert at_us is not None
    return at_us


def of(kind: str, sums: dict[CountKey, CountTotals]) -> list[tuple[int, str, int, int, int, float]]:
    """Half hour after the start, name, bucket, count, failed, seconds."""
    return [
        (key.slot - SLOT, key.name, key.bucket % SECOND_QUARTER, one.count, one.failed, one.duration_us / SECOND)
        for key, one in sums.items()
        if key.kind == kind
    ]


TOLD: list[tuple[str, list[dict[str, Any]], list[tuple[int, str, int, int, int, float]]]] = [
    (
        "prompt",
        [event("prompt_submit", 0, prompt="Go"), event("prompt_submit", 2_000, prompt="On")],
        [(0, "", 0, 1, 0, 0), (1, "", 0, 1, 0, 0)],
    ),
    ("prompt", [event("prompt_submit", 0, prompt="<task-notification>Done")], []),
    # A tool call: duration from the host, or from the two events; one event alone; the same event twice; a failure.
    (
        "tool",
        [event("pre_tool_use", 0, **BASH), event("post_tool_use", 9, **BASH, duration_ms=1_500)],
        [(0, "Bash", 0, 1, 0, 1.5)],
    ),
    ("tool", [event("pre_tool_use", 0, **BASH), event("post_tool_use", 9, **BASH)], [(0, "Bash", 0, 1, 0, 9)]),
    ("tool", [event("pre_tool_use", 0, **BASH)], [(0, "Bash", 0, 1, 0, 0)]),
    ("tool", [event("post_tool_use", 0, **BASH, duration_ms=2)], [(0, "Bash", 0, 1, 0, 0.002)]),
    (
        "tool",
        [event("post_tool_use", second, **BASH, duration_ms=2) for second in (0, 1)],
        [(0, "Bash", 0, 1, 0, 0.002)],
    ),
    ("tool", [event("post_tool_failure", 0, **BASH, duration_ms=-5)], [(0, "Bash", 0, 1, 1, 0)]),
    ("tool", [event("permission_denied", 0, **BASH)], [(0, "Bash", 0, 1, 0, 0)]),
    (
        "tool",
        [event("pre_tool_use", 0, **BASH), event("post_tool_use", 2_000, **BASH)],
        [(0, "Bash", 0, 1, 0, 0), (1, "Bash", 0, 0, 0, 2_000)],
    ),
    # A wait counts until the user answers. It does not count if the session ends or the wait continues.
    ("wait", [event("stop", 0), event("prompt_submit", 40, prompt="On")], [(0, "turn_done", 2, 1, 0, 40)]),
    (
        "wait",
        [event("notification", 0, **PERMISSION), event("post_tool_use", 3, **BASH)],
        [(0, "needs_permission", 1, 1, 0, 3)],
    ),
    ("wait", [event("stop", 0), event("session_end", 40, reason="other")], []),
    ("wait", [event("stop", 0), event("notification", 40, notification_type="idle_prompt")], []),
    (
        "wait",
        [event("stop", 0), event("prompt_submit", 5_000, prompt="On")],
        [(0, "turn_done", half_hour_counts.LAST_BUCKET, 1, 0, 5_000)],
    ),
]


@pytest.mark.parametrize(("kind", "events", "expected"), TOLD)
def test_what_happened_is_counted(
    kind: str, events: list[dict[str, Any]], expected: list[tuple[int, str, int, int, int, float]]
) -> None:
    assert of(kind, tallied(*events)) == expected


@pytest.mark.parametrize(("late", "bucket"), [(0, 0), (0.9, 0), (1, 1), (59, 2), (600, 4), (90_000, 5)])
def test_events_are_counted_by_how_late_they_came(late: float, bucket: int) -> None:
    assert of("event", tallied(event("stop"), late=late)) == [(0, "", bucket, 1, 0, late)]


def test_what_memfog_gave_is_counted_with_its_tokens() -> None:
    given = event("stop") | {"kind": {"type": "ContextInjected", "data": {"session_id": "s1", "tokens": 812}}}
    [(_, one)] = [pair for pair in tallied(given).items() if pair[0].kind == "context"]
    assert (one.count, one.input_tokens) == (1, 812)


def test_a_message_counts_once_where_it_was_told_last() -> None:
    first = usage("m1", 0, model="claude-opus-5-5", output_tokens=5)
    grown = usage("m1", 2_000, model="claude-opus-5-5", output_tokens=50)
    sums = {key: one for key, one in tallied(first, grown).items() if key.kind == "model" and one.count}
    key = CountKey(SLOT + 1, "model", "claude-opus-5-5", SECOND_QUARTER)
    assert sums == {key: CountTotals(1, output_tokens=50, cost_microdollars=1_000)}


@pytest.mark.parametrize(
    ("second", "slot", "quarter"), [(0, 0, 0), (899, 0, 0), (900, 0, 1), (1_799, 0, 1), (1_800, 1, 0)]
)
def test_each_quarter_of_a_half_hour_is_counted_apart(second: int, slot: int, quarter: int) -> None:
    key = half_hour_counts.make_key((SLOT * HALF_HOUR + second) * SECOND, "prompt", "x", 3)
    assert key == CountKey(SLOT + slot, "prompt", "x", 3 + quarter * SECOND_QUARTER)
    assert SECOND_QUARTER > half_hour_counts.LAST_BUCKET


def test_messages_without_a_price_are_counted_apart() -> None:
    sums = tallied(
        usage("m1", 0, model="gpt-9", output_tokens=5), usage("m2", 0, model="claude-opus-5", output_tokens=1)
    )
    buckets = {
        key.name: (key.bucket % SECOND_QUARTER, one.cost_microdollars)
        for key, one in sums.items()
        if key.kind == "model"
    }
    assert buckets == {"gpt-9": (half_hour_counts.UNPRICED, 0), "claude-opus-5": (half_hour_counts.PRICED, 25)}


# --- Whatever the order of arrival, the sums agree ------------------------------------------------------

PLACES = st.sampled_from(["/home/ada/shop", "/home/ada/notes"])
KINDS = st.sampled_from(["prompt_submit", "pre_tool_use", "post_tool_use", "post_tool_failure", "stop", "usage"])
WHEN = st.sampled_from([0, 1, 2, HALF_HOUR, 7 * HALF_HOUR, DAY, DAY + 1, 3 * DAY])
EVENTS = st.lists(st.tuples(KINDS, WHEN, st.sampled_from(["s1", "s2", "s3"]), PLACES), min_size=1, max_size=16)


def make(number: int, kind: str, second: int, session: str, place: str) -> dict[str, Any]:
    # Machine and repository of a session may arrive late, and may change.
    more = {"repo": f"github.com/ada/{number % 2}"} if number % 3 else {}
    envelope = {"id": str(UUID(int=number + 1)), "project": place, "client": {"machine": f"m{number % 2}"}} | more
    if kind == "usage":
        return usage(f"m{number % 3}", second, session=session, output_tokens=number, model="claude-opus-5") | envelope
    use = {"tool_use_id": f"t{number % 3}", "tool_name": "Bash", "duration_ms": number, "prompt": f"Do {number}"}
    return event(kind, second, session=session, **use) | envelope


@pytest.mark.slow
@settings(max_examples=12)
@given(EVENTS, st.integers(1, 6), st.sets(st.integers(0, 15)))
def test_the_sums_are_those_of_the_sessions_and_of_a_rebuild(
    people: People, told: list[tuple[str, int, str, str]], every: int, gone: set[int]
) -> None:
    alice = people()
    http = people.client({"Authorization": f"Bearer {alice.access_token()}"})
    made = [make(number, *one) for number, one in enumerate(told)]
    for at in range(0, len(made), every):
        alice.push(*made[at : at + every])
        projector.catch_up(alice.id, batch_size=2)
        rollups.refresh_totals(alice.id)
    ids = [one["id"] for number, one in enumerate(made) if number in gone]
    if ids:
        assert http.request("DELETE", "/api/events", json={"ids": ids}).status_code == 200
    projector.catch_up(alice.id, batch_size=2)
    before = derived_rows(alice.id)
    check_sums(alice)
    projector.reset_projection(alice.id)
    projector.catch_up(alice.id)
    assert derived_rows(alice.id) == before == derive_afresh(alice.id)


def check_sums(person: Person) -> None:
    """For everything, each project and each machine: totals and half-hour counts agree with the sessions."""
    with acting_for(person.id):
        sessions = list(Session.objects.for_user(person.id))
    projects = {name for one in sessions for name in (one.project, one.repo)}
    scopes = {PageFilter(), *map(PageFilter, projects), *(PageFilter(machine=one.machine) for one in sessions)}
    for scope in scopes:
        place = scope.project, scope.machine
        chosen = [one for one in sessions if _fits(one, scope)]
        summed = insight_queries.load_totals(person.id, scope)
        _check(chosen, summed, insight_queries.load_quarter_activity(person.id, scope), place)
        # Wherever the time range is cut, the parts sum to the whole.
        for cut in (START + HALF_HOUR * SECOND, START + DAY * SECOND, START - START % QUARTER_US + QUARTER_US):
            parts = [PageFilter(*place, None, cut), PageFilter(*place, cut, None)]
            cut_up = [one for part in parts for one in insight_queries.load_totals(person.id, part).items()]
            assert _counts(cut_up) == _counts(list(summed.items()))


def _fits(one: Session, scope: PageFilter) -> bool:
    return scope.project in ("", one.project, one.repo) and scope.machine in ("", one.machine)


def _check(sessions: list[Session], summed: dict[TotalKey, CountTotals], active: list[Any], place: object) -> None:
    by_kind: dict[str, list[CountTotals]] = {}
    for thing, one in summed.items():
        by_kind.setdefault(thing.kind, []).append(one)

    def total(kind: str, column: str) -> int:
        return sum(getattr(one, column) for one in by_kind.get(kind, []))

    assert total("tool", "count") == sum(one.tools for one in sessions), place
    assert total("tool", "failed") == sum(one.failures for one in sessions), place
    assert total("prompt", "count") == sum(one.prompts for one in sessions) == sum(one.prompts for one in active), place
    assert total("event", "count") == sum(one.events for one in active), place
    assert sum(one.cost_microdollars for one in active) == sum(one.cost_microdollars for one in sessions), place
    for name in (*TOKEN_FIELDS, "cost_microdollars"):
        assert total("model", name) == sum(getattr(one, name) for one in sessions), place


def _counts(pairs: list[tuple[TotalKey, CountTotals]]) -> dict[TotalKey, tuple[int, int, int]]:
    counts: dict[TotalKey, tuple[int, int, int]] = {}
    for thing, one in pairs:
        known = counts.get(thing, (0, 0, 0))
        counts[thing] = (known[0] + one.count, known[1] + one.failed, known[2] + one.duration_us)
    return counts


def test_projects_are_told_by_what_they_cost(alice: Person) -> None:
    there = {"project": "/home/ada/shop"}
    alice.push(
        event("prompt_submit", 0, prompt="Go"),
        event("prompt_submit", 0, session="s2", prompt="Go", envelope=there),
        usage("m1", 1, session="s2", model="claude-opus-5", output_tokens=1_000) | there,
    )
    assert insight_queries.catch_up(alice.id)
    found = insight_queries.load_project_activity(alice.id, PageFilter())
    assert [(one.folder, one.prompts, one.cost_microdollars) for one in found] == [
        ("/home/ada/shop", 1, 25_000),
        ("/home/ada/engine", 1, 0),
    ]
    assert insight_queries.count_sessions(alice.id, PageFilter(project="/home/ada/shop")) == 1
    assert insight_queries.count_sessions(alice.id, PageFilter(since_us=START + DAY * SECOND)) == 0
