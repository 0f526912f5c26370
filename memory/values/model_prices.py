"""Our own part of the prices of models, and the version of the whole table.

Prices come from the package genai-prices, whose data is installed with it (`memory.values.price_catalog`). Here stands
what it lacks, from platform.claude.com/docs: "Pricing", "Fast mode" and "Data residency". Amounts are US dollars per
million tokens. To change a price, change it here, and write the version and the digest that the test then names.
"""

import hashlib
import re
from decimal import Decimal
from functools import cache
from importlib import metadata

from memory.values.unit_prices import UnitPrices, flat_prices

# Increase the version with each change below: the costs of the past are then computed again.
OWN_VERSION, OWN_DIGEST = 1, "84d569d568f79b73"

# Single models of Anthropic; a name may end with a date.
MODELS: dict[str, UnitPrices] = {
    "claude-mythos-5": flat_prices("10", "50"),
    "claude-mythos-5-1": flat_prices("10", "50", cache_read=Decimal("0.25")),
}
# Fast mode of models for which the catalog has no such price; it has no tiers.
FAST_MODELS: dict[str, UnitPrices] = {
    "claude-opus-4-6": flat_prices("30", "150"),
    "claude-opus-4-7": flat_prices("30", "150"),
}
# Factors by `inference_geo`, for all tokens.
GEO_FACTORS: dict[str, Decimal] = {"us": Decimal("1.1")}
# US dollars for a thousand searches on the web. Fetching pages costs nothing but tokens.
WEB_SEARCH_PRICE = Decimal(10)

_DATE = re.compile(r"[-@]20\d{6}$")


def find_own(models: dict[str, UnitPrices], name: str) -> UnitPrices | None:
    return models.get(_DATE.sub("", name).replace(".", "-"))


def digest_own_prices() -> str:
    own = [MODELS, FAST_MODELS, GEO_FACTORS, WEB_SEARCH_PRICE]
    return hashlib.sha256(repr(own).encode()).hexdigest()[:16]


@cache
def table_version() -> int:
    """The version of the table: that of the catalog, then our own. A later table has a higher one."""
    major, minor, patch = (int(part) for part in metadata.version("genai-prices").split(".")[:3])
    return ((major * 1_000 + minor) * 1_000 + patch) * 1_000 + OWN_VERSION
