"""Tokens and cost from `Usage` events, in whatever order and however often they arrive."""

import itertools
import json
from typing import Any

import pytest

from events.wire.hook_event import HookEvent
from memory.rules.session_fold import SessionFold
from memory.rules.session_projection import start_projection
from memory.values import model_prices
from tests.memory.make import SECOND, START, event, usage

M1 = usage("m1", 1, model="claude-opus-5-5", input_tokens=100, output_tokens=1)
M1_GROWN = usage("m1", 2, model="claude-opus-5-5", input_tokens=100, output_tokens=50, cache_read_input_tokens=1_000)
M2 = usage("m2", 3, model="claude-sonnet-5", output_tokens=10, cache_creation_input_tokens=8)
PROMPT = event("prompt_submit", 0.5, prompt="Do it")


def story(*told: dict[str, Any]) -> SessionFold:
    read_ones = [HookEvent.parse(seq, json.dumps(one), START + 100 * SECOND) for seq, one in enumerate(told)]
    taken = [one for one in read_ones if one.session_id]
    made = start_projection(taken[:1])
    for one in taken:
        made.apply([one])
    return made.fold


@pytest.mark.parametrize("order", list(itertools.permutations([PROMPT, M1, M1_GROWN, M2, M1])))
def test_of_each_message_the_most_counts(order: tuple[dict[str, Any], ...]) -> None:
    told = story(*order)
    tokens = (told.input_tokens, told.output_tokens, told.cache_creation_input_tokens, told.cache_read_input_tokens)
    assert tokens == (100, 60, 8, 1_000)
    assert told.model == "claude-sonnet-5"
    assert told.cost_microdollars == 100 * 5 + 50 * 25 + 500 + 150 + 30
    assert (told.started_us, told.last_us) == (START + SECOND // 2, START + 3 * SECOND)
    assert (told.state, told.state_us) == ("working", START + SECOND // 2)


@pytest.mark.parametrize("bad", [None, "5", True, -5, 1.5e300, {}, float("1e16")])
def test_a_count_that_is_none_is_no_count(bad: Any) -> None:
    assert story(PROMPT, usage("m1", output_tokens=bad)).output_tokens == 0


def test_a_usage_without_a_message_is_left_alone() -> None:
    assert story(PROMPT, usage("", output_tokens=5)).output_tokens == 0


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-5-5", 30.0),
        ("claude-opus-4-1-20250805", 90.0),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 18.0),
        ("claude-3-5-haiku-20241022", 4.8),
        ("claude-haiku-4-5", 6.0),
        ("gpt-9", 0.0),
        ("", 0.0),
    ],
)
def test_a_million_in_and_a_million_out(model: str, dollars: float) -> None:
    cost = model_prices.estimate_microdollars(model, input_=10**6, output=10**6, cache_creation=0, cache_read=0)
    assert cost == dollars * 10**6
