"""Prices per unit, and what an answer of a model costs by them. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

ONE = Decimal(1)
CACHE_WRITE_FACTOR, CACHE_WRITE_1H_FACTOR, CACHE_READ_FACTOR = Decimal("1.25"), Decimal(2), Decimal("0.1")


class UnitPrices(NamedTuple):
    """US dollars per million tokens, and per thousand web searches. A cache write lives five minutes, or an hour."""

    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    web_search: Decimal = Decimal(0)

    def times(self, factor: Decimal) -> "UnitPrices":
        """Multiplies the prices of tokens."""
        input_, output, cache_write, cache_write_1h, cache_read = (price * factor for price in self[:5])
        return UnitPrices(input_, output, cache_write, cache_write_1h, cache_read, self.web_search)


class PriceTier(NamedTuple):
    """Prices of an answer to more than `over_tokens` tokens of input, cached ones included."""

    over_tokens: int
    prices: UnitPrices


# By rising `over_tokens`; the first one is for any input.
PriceTiers = tuple[PriceTier, ...]


class Counts(Protocol):
    """What an answer of a model used; `cache_creation_input_tokens` contains the writes that live an hour."""

    @property
    def input_tokens(self) -> int: ...

    @property
    def output_tokens(self) -> int: ...

    @property
    def cache_creation_input_tokens(self) -> int: ...

    @property
    def cache_creation_1h_input_tokens(self) -> int: ...

    @property
    def cache_read_input_tokens(self) -> int: ...

    @property
    def web_search_requests(self) -> int: ...


def flat_prices(input_: str | Decimal, output: str | Decimal, **more: Decimal | None) -> UnitPrices:
    """Builds prices; those of the cache follow from the input unless given, as Anthropic's do."""
    base = Decimal(input_)
    usual = {
        "cache_write": base * CACHE_WRITE_FACTOR,
        "cache_write_1h": base * CACHE_WRITE_1H_FACTOR,
        "cache_read": base * CACHE_READ_FACTOR,
    }
    return UnitPrices(base, Decimal(output), **usual | {name: one for name, one in more.items() if one is not None})


def single_tier(prices: UnitPrices) -> PriceTiers:
    return (PriceTier(0, prices),)


def multiply(tiers: PriceTiers, factor: Decimal) -> PriceTiers:
    return tiers if factor == ONE else tuple(PriceTier(over, prices.times(factor)) for over, prices in tiers)


def compute_microdollars(tiers: Sequence[PriceTier], counts: Counts) -> int:
    """Computes a cost in millionths of a dollar. The size of the whole input decides on the tier of all tokens."""
    written, read = counts.cache_creation_input_tokens, counts.cache_read_input_tokens
    prompt = counts.input_tokens + written + read
    prices = next((tier.prices for tier in reversed(tiers) if prompt > tier.over_tokens), tiers[0].prices)
    for_an_hour = min(counts.cache_creation_1h_input_tokens, written)
    return round(
        counts.input_tokens * prices.input
        + counts.output_tokens * prices.output
        + (written - for_an_hour) * prices.cache_write
        + for_an_hour * prices.cache_write_1h
        + read * prices.cache_read
        + counts.web_search_requests * prices.web_search * 1_000
    )
