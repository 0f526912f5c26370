"""The columns of the list of sessions, and the links that sort by them. Pure."""

from collections.abc import Callable
from typing import NamedTuple

# Key of the order, label, and whether the first click sorts the highest first. A key is one of `SESSION_ORDERS`.
COLUMNS = (
    ("session", "Session", False),
    ("state", "State", False),
    ("started", "Started", True),
    ("last", "Last activity", True),
    ("duration", "Duration", True),
    ("prompts", "Prompts", True),
    ("tools", "Tools", True),
    ("failed", "Failed", True),
    ("model", "Model", False),
    ("cost", "Cost ≈", True),
)
DEFAULT_ORDER = "-last"
ORDERS = frozenset(f"{sign}{key}" for key, *_ in COLUMNS for sign in ("", "-"))


class SortLink(NamedTuple):
    """A column heading. `direction` is the value of `aria-sort`, empty if the list has another order."""

    key: str
    label: str
    query: str
    direction: str


def build_sort_links(order: str, make_query: Callable[[str], str]) -> list[SortLink]:
    """Builds the headings; the link of the current column reverses its order."""
    return [_build_link(key, label, order, descends, make_query) for key, label, descends in COLUMNS]


def _build_link(key: str, label: str, order: str, descends: bool, make_query: Callable[[str], str]) -> SortLink:
    first, second = (f"-{key}", key) if descends else (key, f"-{key}")
    target = second if order == first else first
    current = {key: "ascending", f"-{key}": "descending"}.get(order, "")
    return SortLink(key, label, make_query("" if target == DEFAULT_ORDER else target), current)
