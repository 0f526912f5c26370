"""A rule that derives other rows from the same events needs a higher `projector.VERSION`.

Without it, old rows stay as they are.
"""

import json
from collections.abc import Iterator
from dataclasses import astuple
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from events.wire.hook_event import HookEvent
from events.wire.timestamps import parse_rfc3339
from memory.projection import projector
from memory.rules.search_documents import build_documents
from memory.rules.session_projection import start_projection
from memory.values import model_prices
from tests.dashboard import payloads
from tests.memory.make import usage
from tests.memory.stories import STORIES, told
from tests.server import ROOT

GOLDEN = ROOT / "tests/memory/golden/rules.json"
MODELS = [name for name, _ in model_prices.PRICES] + ["unknown-model"]


def sessions() -> Iterator[list[dict[str, Any]]]:
    """Recorded payloads as sessions, each payload alone, and the usage of every model of the price list."""
    yield from (told(steps, name) for name, steps in STORIES.items())
    names = sorted(path.stem for path in payloads.FOLDER.glob("*.json"))
    yield from (told([(name, {})], f"payload-{n}") for n, name in enumerate(names))
    tokens = dict.fromkeys(("input_tokens", "output_tokens", "cache_creation_input_tokens"), 1_000_000)
    priced = [usage(name, n, session="prices", model=name, **tokens) for n, name in enumerate(MODELS)]
    yield [{**one, "id": str(UUID(int=n))} for n, one in enumerate(priced, start=1)]


def parse(events: list[dict[str, Any]]) -> list[HookEvent]:
    parsed = [
        HookEvent.parse(n, json.dumps(one), parse_rfc3339(one["ts"]) or 0) for n, one in enumerate(events, start=1)
    ]
    return [one for one in parsed if one.session_id]


def rows() -> Iterator[tuple[str, object]]:
    """All rows that the rules derive from these sessions: kind and values of each row."""
    for events in sessions():
        if hook_events := parse(events):
            made = start_projection(hook_events)
            made.apply(hook_events)
            counts = sorted((tuple(key), astuple(totals)) for key, totals in made.counts.totals.items())
            yield "Session", (astuple(made.fold), made.fold.fold_state.dump(), counts)
            documents = build_documents(made)
            derived: list[Any] = [*made.usages.values(), *made.prompts, *made.observations, *made.summaries]
            yield from ((type(row).__name__, astuple(row)) for row in (*derived, *documents))


def digest() -> str:
    return sha256(repr([values for _, values in rows()]).encode()).hexdigest()


def test_other_rows_need_another_version() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert golden["version"] <= projector.VERSION
    if golden["digest"] != digest():
        assert golden["version"] < projector.VERSION, "Derived rows changed: raise projector.VERSION"
        pytest.fail(f"Write this version into {GOLDEN.name}: {projector.VERSION}, {digest()}")


def test_every_kind_of_row_is_in_it() -> None:
    assert {kind for kind, _ in rows()} == {
        *("Session", "MessageUsage", "Prompt", "Observation", "Summary", "SearchDocument")
    }


def test_a_price_is_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest()
    cheaper = [(name, price._replace(input=price.input / 2)) for name, price in model_prices.PRICES]
    monkeypatch.setattr(model_prices, "PRICES", tuple(cheaper))
    assert digest() != before
