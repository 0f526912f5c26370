"""A rule that derives other rows from the same events needs a higher `projector.VERSION`.

Without it, old rows stay as they are.
"""

import json
from collections.abc import Iterator
from dataclasses import astuple, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from events.wire.hook_event import HookEvent
from events.wire.timestamps import parse_rfc3339
from memory.projection import projector
from memory.rules.search_documents import build_documents
from memory.rules.session_projection import start_projection
from memory.rules.token_usage import CONDITION_FIELDS, COUNT_FIELDS, MessageUsage
from memory.values import unit_prices
from memory.values.price_table import OwnPrice, PriceTable
from tests.dashboard import payloads
from tests.memory.make import usage
from tests.memory.rules import fixed_prices
from tests.memory.stories import STORIES, bash, told

MODELS = ("claude-opus-5", "unknown-model")
COMMITTED = "[main 1f3870b] x\nTo github.com:ada/engine\n   0000000..1f3870b  main -> main"


def sessions() -> Iterator[list[dict[str, Any]]]:
    """Recorded payloads as sessions, each payload alone, and the usage of a model with a price and of one without."""
    yield from (told(steps, name) for name, steps in STORIES.items())
    yield told([*bash("git add a; git commit -m x; git push", "g1", COMMITTED)], "commits")
    names = sorted(path.stem for path in payloads.FOLDER.glob("*.json"))
    yield from (told([(name, {})], f"payload-{n}") for n, name in enumerate(names))
    tokens: dict[str, Any] = dict.fromkeys(COUNT_FIELDS, 1_000_000) | dict.fromkeys(CONDITION_FIELDS, "x")
    tokens["server_tool_use"] = {"web_search_requests": 2}
    priced = [usage(name, n, session="prices", model=name, **tokens) for n, name in enumerate(MODELS)]
    yield [{**one, "id": str(UUID(int=n))} for n, one in enumerate(priced, start=1)]


def parse(events: list[dict[str, Any]]) -> list[HookEvent]:
    parsed = [
        HookEvent.parse(n, json.dumps(one), parse_rfc3339(one["ts"]) or 0) for n, one in enumerate(events, start=1)
    ]
    return [one for one in parsed if one.session_id]


def rows(prices: PriceTable = fixed_prices.PRICES) -> Iterator[tuple[str, object]]:
    """All rows that the rules derive from these sessions: kind and values of each row."""
    for events in sessions():
        if hook_events := parse(events):
            made = start_projection(hook_events, prices=prices)
            made.apply(hook_events)
            counts = sorted((tuple(key), astuple(totals)) for key, totals in made.counts.totals.items())
            yield "Session", (astuple(made.fold), made.fold.fold_state.dump(), counts)
            documents = build_documents(made)
            derived: list[Any] = [
                *map(_without_version, made.usages.values()),
                *made.prompts,
                *made.observations,
                *made.summaries,
                *made.file_changes,
                *made.git_acts,
            ]
            yield from ((type(row).__name__, astuple(row)) for row in (*derived, *documents))


def _without_version(one: MessageUsage) -> MessageUsage:
    return replace(one, price_version=0)


def digest(prices: PriceTable = fixed_prices.PRICES) -> str:
    return sha256(repr([values for _, values in rows(prices)]).encode()).hexdigest()


def test_other_rows_need_another_version() -> None:
    version, known = projector.TESTED_ROWS
    assert version <= projector.VERSION
    if known != digest():
        assert version < projector.VERSION, "Derived rows changed: raise projector.VERSION"
        pytest.fail(f'In memory/projection/projector.py write TESTED_ROWS = ({projector.VERSION}, "{digest()}")')


def test_every_kind_of_row_is_in_it() -> None:
    assert {kind for kind, _ in rows()} == {
        *("Session", "MessageUsage", "Prompt", "Observation", "Summary", "FileChange", "GitAct", "SearchDocument")
    }


def test_a_price_is_no_rule() -> None:
    """Costs carry the version of their prices, and are computed again without a rebuild."""
    before, other = digest(), OwnPrice("claude-*", prices=unit_prices.flat_prices("1", "1"))
    assert digest(PriceTable((other,), revision=2)) != before
    assert before == digest(replace(fixed_prices.PRICES, revision=9))
