"""Prices that a user set for models, and names of models that cost as much as others. They survive a rebuild."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.api_base.problem import Problem
from events.isolation.row_security import acting_for, acting_for_user
from events.wire.hook_event import summary_line
from memory.models import OwnPrice as Row
from memory.models import ProjectionState
from memory.preferences.preference_changes import LIMIT_REACHED
from memory.values import unit_prices
from memory.values.price_table import OwnPrice, PriceTable

MAX_OWN_PRICES, MAX_NAME_CHARS = 200, 128
MAX_DOLLARS = Decimal(1_000_000)  # per million tokens
MICRODOLLARS = Decimal(1_000_000)
REQUIRED_PRICES, CACHE_PRICES = ("input", "output"), ("cache_write", "cache_write_1h", "cache_read")


@acting_for_user
def load_price_table(user_id: UUID) -> PriceTable:
    """Loads the prices for a user."""
    revision = ProjectionState.objects.filter(user_id=user_id).values_list("price_revision", flat=True).first()
    return PriceTable(tuple(map(_to_own_price, Row.objects.for_user(user_id).order_by("name"))), revision or 0)


def list_own_prices(user_id: UUID) -> tuple[OwnPrice, ...]:
    """Lists the prices that a user set, ordered by name."""
    return load_price_table(user_id).own


def _to_own_price(row: Row) -> OwnPrice:
    if row.input is None or row.output is None:
        return OwnPrice(row.name, row.alias)
    cache = {name: None if (value := getattr(row, name)) is None else value / MICRODOLLARS for name in CACHE_PRICES}
    prices = unit_prices.flat_prices(row.input / MICRODOLLARS, row.output / MICRODOLLARS, **cache)
    return OwnPrice(row.name, row.alias, prices)


def set_own_price(user_id: UUID, name: str, *, alias: str = "", dollars: Mapping[str, Decimal | None]) -> None:
    """Sets the prices of models of this name, or the name of a model that costs as much.

    Prices are US dollars per million tokens. Those of the cache follow from that of the input unless
    given. Raises Problem `invalid_input`.
    """
    clean_name, clean_alias = (summary_line(text, MAX_NAME_CHARS).lower() for text in (name, alias))
    prices = {one: dollars.get(one) for one in (*REQUIRED_PRICES, *CACHE_PRICES)}
    _check(clean_name, clean_alias, prices)
    values = {one: None if value is None else round(value * MICRODOLLARS) for one, value in prices.items()}
    with acting_for(user_id), transaction.atomic():
        rows = Row.objects.for_user(user_id)
        if rows.exclude(name=clean_name).count() >= MAX_OWN_PRICES:
            raise Problem("invalid_input", LIMIT_REACHED.format(most=MAX_OWN_PRICES))
        rows.update_or_create(user_id=user_id, name=clean_name, defaults={"alias": clean_alias, **values})
        mark_changed(user_id)


def _check(name: str, alias: str, prices: Mapping[str, Decimal | None]) -> None:
    if not name:
        raise Problem("invalid_input", "Enter the name of a model.")
    if alias == name:
        raise Problem("invalid_input", "A model cannot be priced as itself.")
    given = [value for value in prices.values() if value is not None]
    if not all(value.is_finite() and 0 <= value <= MAX_DOLLARS for value in given):
        raise Problem("invalid_input", f"A price must be between 0 and {MAX_DOLLARS:,} US dollars per million tokens.")
    if alias and given:
        raise Problem("invalid_input", "Enter prices, or the name of a model that costs as much; not both.")
    if not alias and any(prices[one] is None for one in REQUIRED_PRICES):
        raise Problem(
            "invalid_input", "Enter the prices of input and output, or the name of a model that costs as much."
        )


def delete_own_price(user_id: UUID, name: str) -> bool:
    """Deletes a price; returns False if there is none of this name."""
    with acting_for(user_id), transaction.atomic():
        deleted, _ = Row.objects.for_user(user_id).filter(name=summary_line(name, MAX_NAME_CHARS).lower()).delete()
        if deleted:
            mark_changed(user_id)
    return bool(deleted)


def mark_changed(user_id: UUID) -> None:
    """Marks all costs as outdated. A projector that loaded the earlier prices will not write, as after a reset."""
    ProjectionState.objects.get_or_create(user_id=user_id)
    states = ProjectionState.objects.filter(user_id=user_id)
    states.update(price_revision=F("price_revision") + 1, generation=F("generation") + 1)
