"""Which price a model has, by whichever name, and what an answer costs."""

import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from memory.values import model_prices, price_table, unit_prices
from memory.values.price_table import NO_OWN_PRICES, OwnPrice, PriceTable
from tests.server import ROOT

NOVEMBER_2026 = 1_793_500_000_000_000
FEBRUARY_2026 = 1_770_000_000_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    web_search_requests: int = 0
    at_us: int = NOVEMBER_2026
    speed: str = ""
    inference_geo: str = ""
    service_tier: str = ""


def dollars(model: str, prices: PriceTable = NO_OWN_PRICES, **more: Any) -> float | None:
    cost = prices.compute_cost(Answer(model, **more))
    return None if cost is None else cost / 1_000_000


MILLION = 1_000_000


@pytest.mark.parametrize(
    ("model", "input_", "output", "cache_read"),
    [
        ("claude-opus-5-5", 4, 20, 0.2),
        ("claude-opus-5-5[1m]", 4, 20, 0.2),
        ("claude-opus-4-1-20250805", 15, 75, 1.5),
        ("claude-opus-4-20250514", 15, 75, 1.5),
        ("claude-opus-4.8", 5, 25, 0.5),
        ("claude-3-5-haiku-20241022", 0.8, 4, 0.08),
        ("claude-haiku-4-5", 1, 5, 0.1),
        ("claude-fable-5", 10, 50, 1),
        ("claude-fable-5-1", 10, 50, 0.25),
        ("claude-mythos-5-1", 10, 50, 0.25),
        ("claude-mythos-5-1-20260901", 10, 50, 0.25),
        ("claude-sonnet-5", 2, 10, 0.2),
        ("glm-5.1", 1.4, 4.4, 0.26),
        ("MiniMax-M2.7", 0.3, 1.2, 0.06),
        # Bedrock and Vertex: a region costs a tenth more, where its prices say so.
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3, 16.5, 0.33),
        ("eu.anthropic.claude-opus-4-8", 5.5, 27.5, 0.55),
        ("global.anthropic.claude-opus-4-8", 5, 25, 0.5),
        ("us.anthropic.claude-mythos-5-1-v1:0", 11, 55, 0.275),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1", 5.5, 27.5, 0.55),
        ("claude-opus-4-5@20251101", 5, 25, 0.5),
        ("publishers/anthropic/models/claude-opus-4-5", 5, 25, 0.5),
        # Routers.
        ("anthropic/claude-opus-4.8", 5, 25, 0.5),
        ("openrouter/anthropic/claude-opus-4.8", 5, 25, 0.5),
        ("anthropic/claude-opus-5-fast", 10, 50, 1),
        ("moonshotai/kimi-k2.5", 0.6, 3, 0.1),
    ],
)
def test_a_million_of_each(model: str, input_: float, output: float, cache_read: float) -> None:
    small = 100_000  # below the tiers of any model
    counts: list[dict[str, Any]] = [
        {name: small} for name in ("input_tokens", "output_tokens", "cache_read_input_tokens")
    ]
    costs = [dollars(model, **count) for count in counts]
    assert costs == [pytest.approx(price / 10) for price in (input_, output, cache_read)]


@pytest.mark.parametrize("model", ["gpt-9", "", "unsloth/Qwen3-Coder-Next", "qwen3-coder-30b.gguf", "[1m]", "/", "a/"])
def test_a_model_without_a_price_has_no_cost(model: str) -> None:
    assert dollars(model, input_tokens=1) is None


def test_writes_to_the_cache_cost_by_how_long_they_live() -> None:
    written: dict[str, Any] = {"cache_creation_input_tokens": MILLION}
    assert dollars("claude-opus-4-6", **written) == 6.25
    assert dollars("claude-opus-4-6", **written, cache_creation_1h_input_tokens=MILLION) == 10
    assert dollars("claude-opus-4-6", **written, cache_creation_1h_input_tokens=MILLION // 2) == 8.125
    assert dollars("claude-opus-4-6", **written, cache_creation_1h_input_tokens=5 * MILLION) == 10


@pytest.mark.parametrize(
    ("model", "conditions", "cost"),
    [
        ("claude-opus-4-6", {"speed": "fast"}, 180),
        ("claude-opus-4-8", {"speed": "fast"}, 60),
        ("claude-opus-4-8", {"inference_geo": "us"}, 33),
        ("claude-opus-5-5", {"speed": "fast", "inference_geo": "us"}, 52.8),
        ("claude-opus-4-8", {"service_tier": "batch"}, 15),
        ("claude-opus-4-8", {"web_search_requests": 3}, 30.03),
        # An unknown condition changes nothing.
        ("claude-opus-4-8", {"speed": "standard", "inference_geo": "not_available", "service_tier": "priority"}, 30),
        ("claude-haiku-4-5", {"speed": "fast", "inference_geo": "mars", "service_tier": "?"}, 6),
        ("us.anthropic.claude-opus-4-8", {"inference_geo": "us"}, 33),
    ],
)
def test_what_a_price_depends_on(model: str, conditions: dict[str, Any], cost: float) -> None:
    assert dollars(model, input_tokens=MILLION, output_tokens=MILLION, **conditions) == pytest.approx(cost)


def test_a_long_prompt_is_dearer_where_the_model_has_such_a_tier() -> None:
    assert dollars("claude-sonnet-4-5", input_tokens=200_000) == pytest.approx(0.6)
    assert dollars("claude-sonnet-4-5", input_tokens=200_001) == pytest.approx(1.200006)
    cached: dict[str, Any] = {"input_tokens": 1, "cache_read_input_tokens": 200_000, "output_tokens": 1_000}
    assert dollars("claude-sonnet-4-5", **cached) == pytest.approx(0.142506)
    # Since March 2026 these models cost the same for any prompt; costs of earlier answers stay.
    assert dollars("claude-opus-4-6", input_tokens=300_000, at_us=FEBRUARY_2026) == pytest.approx(3)
    assert dollars("claude-opus-4-6", input_tokens=300_000) == pytest.approx(1.5)


@pytest.mark.parametrize("at_us", [-(10**18), 0, 10**18])
def test_a_time_that_can_not_be_finds_a_price(at_us: int) -> None:
    assert dollars("claude-opus-4-8", input_tokens=MILLION, at_us=at_us) == 5


OWN = PriceTable(
    (
        OwnPrice("*.gguf", prices=unit_prices.flat_prices("0", "0")),
        OwnPrice("big*.gguf", prices=unit_prices.flat_prices("1", "2")),
        OwnPrice("claude-opus-4-8", prices=unit_prices.flat_prices("1", "2", cache_read=Decimal("0.5"))),
        OwnPrice("router-opus", alias="claude-opus-5-5"),
        OwnPrice("mine", alias="router-opus"),
        OwnPrice("round", alias="and-round"),
        OwnPrice("and-round", alias="round"),
        OwnPrice("a[b]?", prices=unit_prices.flat_prices("7", "7")),
    ),
    revision=3,
)


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("qwen3.GGUF", 0),
        ("bigger.gguf", 3),
        ("Claude-Opus-4-8", 3),
        ("router-opus", 24),
        ("mine", 24),
        ("round", None),
        ("a[b]?", 14),
        ("ab", None),
        ("claude-opus-4-7", 30),
    ],
)
def test_prices_of_the_user_come_first(model: str, cost: float | None) -> None:
    assert dollars(model, OWN, input_tokens=MILLION, output_tokens=MILLION) == cost


def test_own_prices_of_the_cache_follow_from_the_input_unless_given() -> None:
    more: dict[str, Any] = {"cache_creation_input_tokens": MILLION, "cache_read_input_tokens": MILLION}
    assert dollars("claude-opus-4-8", OWN, **more) == 1.75
    assert dollars("claude-opus-4-8", OWN, **more, cache_creation_1h_input_tokens=MILLION) == 2.5


def test_later_prices_have_a_higher_version() -> None:
    assert price_table.current_version(0) < price_table.current_version(1) < price_table.current_version(10**9)
    assert price_table.current_version(10**9) < price_table.REVISIONS * (model_prices.table_version() + 1)


def test_a_change_of_our_own_prices_needs_another_version() -> None:
    digest = model_prices.digest_own_prices()
    assert digest == model_prices.OWN_DIGEST, f"In memory/values/model_prices.py increase OWN_VERSION; digest {digest}"


def test_the_catalog_is_loaded_with_the_first_price_only() -> None:
    """It takes a web process 31 MB, and starts no updater."""
    code = """
import sys, threading, memfog.asgi
from memory.rules.token_usage import MessageUsage
from memory.values.price_table import NO_OWN_PRICES
loaded = [name for name in ("genai_prices", "pydantic") if name in sys.modules]
threads = threading.active_count()
cost = NO_OWN_PRICES.compute_cost(MessageUsage("", "", 1_793_500_000_000_000, "claude-opus-4-8", 1_000_000))
print(loaded, cost, threading.active_count() - threads)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == "[] 5000000 0"
