"""Estimates the cost of tokens, from prices in US dollars per million tokens and model family. Pure.

List prices of the Claude API (platform.claude.com/docs, "Pricing"). A cache write costs 1.25 times the input price, a
cache read a tenth. Users with a subscription pay differently; the cost is therefore an estimate. Costs are stored: a
changed price needs a higher `memory.projection.projector.VERSION`, and a test says so.
"""

from typing import NamedTuple


class Price(NamedTuple):
    input: float
    output: float


# The first name that the model's name contains applies. Older families come before newer ones of the same name.
PRICES = (
    ("opus-4-1", Price(15, 75)),
    ("opus-4-0", Price(15, 75)),
    ("opus-4-2025", Price(15, 75)),
    ("3-opus", Price(15, 75)),
    ("opus", Price(5, 25)),
    ("sonnet", Price(3, 15)),
    ("3-haiku", Price(0.25, 1.25)),
    ("3-5-haiku", Price(0.8, 4)),
    ("haiku", Price(1, 5)),
)
CACHE_WRITE_FACTOR, CACHE_READ_FACTOR = 1.25, 0.1


def estimate_microdollars(model: str, *, input_: int, output: int, cache_creation: int, cache_read: int) -> int:
    """Estimates the cost in millionths of a dollar; 0 for a model without a price."""
    price = next((price for name, price in PRICES if name in model), None)
    if price is None:
        return 0
    billed_input = input_ + cache_creation * CACHE_WRITE_FACTOR + cache_read * CACHE_READ_FACTOR
    return round(billed_input * price.input + output * price.output)
