"""What an answer of a model costs: by prices of the user's own, else by ours, else by the catalog. Pure.

Subscriptions are billed differently; the cost is therefore an estimate.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

from memory.values import model_prices, price_catalog, unit_prices
from memory.values.model_names import ModelReference, parse_model_name
from memory.values.unit_prices import Counts, PriceTiers, UnitPrices

MAX_ALIASES = 5  # one alias after the other
HOUR_US = 3_600_000_000
# A user's revisions of their own prices, within one version of the table.
REVISIONS = 1_000_000
STANDARD_TIERS = ("", "standard", "default")


class PricedUsage(Counts, Protocol):
    """The counts of an answer, and what its price depends on."""

    @property
    def model(self) -> str: ...

    @property
    def at_us(self) -> int: ...

    @property
    def speed(self) -> str: ...

    @property
    def inference_geo(self) -> str: ...

    @property
    def service_tier(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A price that a user set for models of this name; `*` in it stands for any text.

    With an alias, the models cost as much as the model of that name.
    """

    name: str
    alias: str = ""
    prices: UnitPrices | None = None

    def matches(self, model: str) -> bool:
        name = self.name.lower()
        return model == name or ("*" in name and fnmatchcase(model, name.replace("[", "[[]").replace("?", "[?]")))


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The prices for one user. `revision` counts the changes of their own prices."""

    own: tuple[OwnPrice, ...] = ()
    revision: int = 0

    @property
    def version(self) -> int:
        """The version that a cost carries; a cost of a lower version is computed again."""
        return current_version(self.revision)

    def compute_cost(self, usage: PricedUsage) -> int | None:
        """Computes the cost in millionths of a dollar; None for a model without a price."""
        tiers = self.find_tiers(usage)
        return None if tiers is None else unit_prices.compute_microdollars(tiers, usage)

    def find_tiers(self, usage: PricedUsage) -> PriceTiers | None:
        name = usage.model.strip().lower()
        for _ in range(MAX_ALIASES):
            own = self._find_own(name)
            if own is None or not own.alias:
                break
            name = own.alias.strip().lower()
        if own is not None and own.prices is not None:
            return unit_prices.single_tier(own.prices)
        return _find_shipped(name, usage.at_us // HOUR_US, usage.speed, usage.inference_geo, usage.service_tier)

    def _find_own(self, name: str) -> OwnPrice | None:
        """The price of the longest name that matches: an exact one, then the most particular pattern."""
        found = [one for one in self.own if one.matches(name)]
        return max(found, key=lambda one: ("*" not in one.name, len(one.name)), default=None)


NO_OWN_PRICES = PriceTable()


def current_version(revision: int) -> int:
    """The version of the table after as many changes of the user's own prices."""
    return model_prices.table_version() * REVISIONS + min(revision, REVISIONS - 1)


@lru_cache(maxsize=4_096)
def _find_shipped(name: str, hour: int, speed: str, geo: str, tier: str) -> PriceTiers | None:
    """Finds our own price or the catalog's. No price changes within an hour."""
    for reference in parse_model_name(name):
        fast = "fast" if reference.is_fast else speed
        tiers = _find_reference(reference, hour, fast, tier)
        if tiers is not None:
            factor = reference.factor
            if reference.is_direct:
                tiers = _add_web_search(tiers)
                factor *= model_prices.GEO_FACTORS.get(geo, unit_prices.ONE)
            return unit_prices.multiply(tiers, factor)
    return None


def _find_reference(reference: ModelReference, hour: int, speed: str, tier: str) -> PriceTiers | None:
    if reference.is_direct:
        models = (model_prices.FAST_MODELS, model_prices.MODELS) if speed == "fast" else (model_prices.MODELS,)
        for prices in (model_prices.find_own(one, reference.name) for one in models):
            if prices is not None:
                return unit_prices.single_tier(prices)
    conditions = {"speed": speed} if speed else {}
    if tier == "batch":
        conditions["processing"] = tier
    elif tier not in STANDARD_TIERS:
        conditions["service_tier"] = tier
    return price_catalog.find_tiers(
        reference.provider, reference.name, price_catalog.to_time(hour * HOUR_US), conditions
    )


def _add_web_search(tiers: PriceTiers) -> PriceTiers:
    return tuple(
        tier._replace(prices=tier.prices._replace(web_search=tier.prices.web_search or model_prices.WEB_SEARCH_PRICE))
        for tier in tiers
    )
