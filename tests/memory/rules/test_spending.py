"""Tokens and cost from `Usage` events, in whatever order and however often they arrive."""

import itertools
import json
from typing import Any

import pytest

from events.wire.hook_event import HookEvent
from memory.rules.session_fold import SessionFold
from memory.rules.session_projection import start_projection
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
    assert told.cost_microdollars == 100 * 4 + 50 * 20 + 200 + 10 * 10 + 20
    assert told.unpriced_answers == 0
    assert (told.started_us, told.last_us) == (START + SECOND // 2, START + 3 * SECOND)
    assert (told.state, told.state_us) == ("working", START + SECOND // 2)


@pytest.mark.parametrize("bad", [None, "5", True, -5, 1.5e300, {}, float("1e16")])
def test_a_count_that_is_none_is_no_count(bad: Any) -> None:
    assert story(PROMPT, usage("m1", output_tokens=bad)).output_tokens == 0


def test_a_usage_without_a_message_is_left_alone() -> None:
    assert story(PROMPT, usage("", output_tokens=5)).output_tokens == 0


def test_messages_without_a_price_are_counted_and_cost_nothing() -> None:
    unknown = usage("m3", 4, model="gpt-9", output_tokens=1_000)
    told = story(PROMPT, M1, unknown, unknown)
    assert (told.cost_microdollars, told.unpriced_answers, told.output_tokens) == (420, 1, 1_001)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_messages_that_a_gateway_gives_one_id_are_told_apart(order: tuple[int, ...]) -> None:
    answers = [
        usage("ocgo", 1, answer_id="a", output_tokens=100),
        usage("ocgo", 2, answer_id="b", output_tokens=300),
        usage("ocgo", 3, output_tokens=5),
    ]
    assert story(PROMPT, *(answers[at] for at in order)).output_tokens == 405


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_a_price_depends_on_counts_whichever_event_tells_it(order: tuple[int, ...]) -> None:
    """A client of the previous release told less of the same message."""
    tokens: dict[str, Any] = {"model": "claude-opus-4-8", "cache_creation_input_tokens": 1_000_000}
    told = [
        usage("m1", 1, **tokens),
        usage("m1", 1, **tokens, cache_creation_1h_input_tokens=1_000_000, speed="fast"),
        usage("m1", 1, **tokens, server_tool_use={"web_search_requests": 2}, inference_geo="us"),
    ]
    cost = 2 * 10 * 1.1 * 1_000_000 + 20_000
    assert story(PROMPT, *(told[at] for at in order)).cost_microdollars == round(cost)


@pytest.mark.parametrize("bad", [None, "5", True, -5, [], {"web_search_requests": "x"}])
def test_conditions_that_are_none_change_nothing(bad: Any) -> None:
    answer = usage("m1", model="claude-opus-4-8", output_tokens=1_000_000, speed=bad, server_tool_use=bad)
    assert story(PROMPT, answer).cost_microdollars == 25_000_000
