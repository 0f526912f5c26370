"""Token usage and cost by day and model, of either program."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

FAST = "-fast"  # after the name of a model in fast mode
COLUMNS = ("input", "output", "cache written", "cache read")


class Cell(NamedTuple):
    day: str
    model: str


@dataclass
class Amounts:
    """Tokens by `COLUMNS`, and US dollars; `has_price` is false if some of it has no price.

    `conditions` are those that changed the price of some of it.
    """

    tokens: list[int] = field(default_factory=lambda: [0] * len(COLUMNS))
    dollars: float = 0.0
    has_price: bool = True
    conditions: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        return sum(self.tokens)

    def add(self, tokens: Iterable[int], dollars: float = 0.0, *, has_price: bool = True) -> None:
        self.tokens = [one + more for one, more in zip(self.tokens, tokens, strict=True)]
        self.dollars += dollars
        self.has_price &= has_price


Cells = Mapping[Cell, Amounts]


def empty_cells() -> dict[Cell, Amounts]:
    return defaultdict(Amounts)


def sum_cells(cells: Cells) -> Amounts:
    total = Amounts()
    for amounts in cells.values():
        total.add(amounts.tokens, amounts.dollars, has_price=amounts.has_price)
    return total
