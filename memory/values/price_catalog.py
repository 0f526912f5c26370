"""The prices of the package genai-prices, as our own values. Its updater is never started: it would ask a server.

The package takes 31 MB and 0.4 s, so that it is loaded with the first price that is looked up.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from memory.values.unit_prices import CACHE_WRITE_1H_FACTOR, PriceTier, PriceTiers, UnitPrices

_MEMBERS = ("input_mtok", "output_mtok", "cache_write_mtok", "cache_write_1h_mtok", "cache_read_mtok")
_WEB_SEARCH = "web_searches_kcount"


def find_tiers(provider: str | None, name: str, at: datetime, conditions: Mapping[str, str]) -> PriceTiers | None:
    """Finds the prices of a model at a time; None if the catalog has none. `conditions` are those of its variants."""
    model = _find_model(provider, name)
    return None if model is None else _build_tiers(model.get_prices(at, dict(conditions)), is_claude="claude" in name)


@lru_cache(maxsize=4_096)  # names are captured
def _find_model(provider: str | None, name: str) -> Any:
    # A catalog stores each name that it looked up, so each lookup gets a new catalog.
    catalog = _module("data_snapshot").DataSnapshot(providers=_module("data").providers, from_auto_update=False)
    try:
        return catalog.find_provider_model(name, None, provider, None)[1]
    except LookupError:
        return None


@cache
def _module(name: str) -> Any:
    return import_module(f"genai_prices.{name}")


def _build_tiers(model_price: Any, *, is_claude: bool) -> PriceTiers | None:
    found = {name: getattr(model_price, name) for name in (*_MEMBERS, _WEB_SEARCH)}
    if found["input_mtok"] is None or found["output_mtok"] is None:
        return None
    starts = {0} | {tier.start for price in found.values() for tier in getattr(price, "tiers", ())}
    return tuple(PriceTier(start, _build_prices(found, start, is_claude=is_claude)) for start in sorted(starts))


def _build_prices(found: dict[str, Any], start: int, *, is_claude: bool) -> UnitPrices:
    """Builds the prices. Tokens of the cache cost as much as input where the provider has no price for them."""
    input_, output, write, write_1h, read = (_at(found[name], start) for name in _MEMBERS)
    write = input_ if write is None else write
    if write_1h is None:
        write_1h = input_ * CACHE_WRITE_1H_FACTOR if is_claude else write
    return UnitPrices(
        input_, output, write, write_1h, input_ if read is None else read, _at(found[_WEB_SEARCH], start) or Decimal(0)
    )


def _at(price: Any, start: int) -> Any:
    """The price of a tier: of the highest that begins at `start` or below."""
    tiers = [tier for tier in getattr(price, "tiers", ()) if tier.start <= start]
    if tiers:
        return Decimal(tiers[-1].price)
    return None if price is None else Decimal(getattr(price, "base", price))


def to_time(at_us: int) -> datetime:
    """Converts microseconds, which a client may have sent wrong, to a time at which prices can be looked up."""
    return datetime.fromtimestamp(max(0, min(at_us // 1_000_000, 4_102_444_800)), UTC)
