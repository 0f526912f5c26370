"""Compares the usage that Memfog and ccusage count, and describes it in lines of text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from script.benchmarks.shared.usage_cells import COLUMNS, Amounts, Cell, Cells, sum_cells
from script.benchmarks.shared.usage_differences import Differences

CENT, ROUNDING = 0.01, 1e-9
UNITS = ("input", "output", "written for 5 min", "written for 1 h", "read")
UnitPrices = Mapping[str, tuple[float, ...] | None]


@dataclass(frozen=True)
class Report:
    """What both count, and their prices per unit. `unexplained` are tokens that no rule of ccusage explains."""

    files: int
    own: Cells
    other: Cells
    differences: Differences
    own_prices: UnitPrices
    other_prices: UnitPrices
    unexplained: int

    @property
    def cells(self) -> list[Cell]:
        return sorted({*self.own, *self.other})

    @property
    def problems(self) -> list[str]:
        """The failures of a run: tokens that no rule explains, and different costs at equal tokens and prices."""
        wrong = [f"{cell.day} {cell.model}: other cost at equal prices" for cell in self.cells if self._is_wrong(cell)]
        return wrong + [f"{self.unexplained:,} tokens are explained by no rule"] * bool(self.unexplained)

    def _is_wrong(self, cell: Cell) -> bool:
        own, other = self.pair(cell)
        return self.is_comparable(cell) and abs(own.dollars - other.dollars) > CENT + ROUNDING

    def pair(self, cell: Cell) -> tuple[Amounts, Amounts]:
        return self.own.get(cell, Amounts()), self.other.get(cell, Amounts())

    def has_equal_tokens(self, cell: Cell) -> bool:
        own, other = self.pair(cell)
        return own.tokens == other.tokens

    def is_comparable(self, cell: Cell) -> bool:
        """Whether tokens and prices are equal, and no condition changes the price of an answer."""
        return self.has_equal_tokens(cell) and not self._explain_cost(cell)

    def _explain_cost(self, cell: Cell) -> list[str]:
        own, other = self.own_prices.get(cell.model), self.other_prices.get(cell.model)
        if own is None or other is None:
            without = [name for name, prices in (("Memfog", own), ("ccusage", other)) if prices is None]
            return [f"no price: {', '.join(without)}"]
        unlike = [unit for unit, one, more in zip(UNITS, own, other, strict=True) if abs(one - more) > 1e-6]
        return [f"other price: {', '.join(unlike)}"] * bool(unlike) + sorted(self.pair(cell)[0].conditions)

    def lines(self) -> Iterator[str]:
        yield f"{self.files:,} transcripts. Days are those of UTC; ± is Memfog less ccusage."
        yield ""
        yield from _format_table(("day", "model", "tokens", "±", "cost", "±", "why"), map(self._describe, self.cells))
        yield ""
        yield from self._describe_rules()
        yield from self._describe_prices()
        yield from self._describe_sums()

    def _describe(self, cell: Cell) -> Sequence[str]:
        own, other = self.pair(cell)
        why = [str(number) for number in sorted(map(self._number_of, self.differences.rules_of.get(cell, ())))]
        reasons = [f"rule {', '.join(why)}"] * bool(why) + self._explain_cost(cell)
        cost = f"${own.dollars:,.2f}" if own.has_price else "no price"
        difference = own.dollars - other.dollars
        change = f"{difference:+,.2f}" if abs(difference) > CENT else ""
        return (
            cell.day,
            cell.model,
            f"{own.total:,}",
            _signed(own.total - other.total),
            cost,
            change,
            "; ".join(reasons),
        )

    def _number_of(self, rule: str) -> int:
        return sorted(self.differences.by_rule).index(rule) + 1

    def _describe_rules(self) -> Iterator[str]:
        for rule in sorted(self.differences.by_rule):
            tokens = self.differences.by_rule[rule]
            parts = ", ".join(f"{_signed(count)} {name}" for count, name in zip(tokens, COLUMNS, strict=True) if count)
            answers = self.differences.answers[rule]
            yield f"rule {self._number_of(rule)}: {rule}. {answers:,} answers: {parts or 'no other sum'}"
        yield ""

    def _describe_prices(self) -> Iterator[str]:
        yield "Prices in US dollars per million tokens:"
        rows = [
            (model, name, *(f"{price:g}" for price in prices or ())) if prices else (model, name, "no price")
            for model in sorted({*self.own_prices, *self.other_prices})
            for name, prices in (("Memfog", self.own_prices.get(model)), ("ccusage", self.other_prices.get(model)))
        ]
        yield from _format_table(("model", "of", *UNITS), rows)
        yield ""

    def _describe_sums(self) -> Iterator[str]:
        own, other = sum_cells(self.own), sum_cells(self.other)
        comparable = [cell for cell in self.cells if self.is_comparable(cell)]
        rows = (
            ("tokens, Memfog and ccusage", f"{own.total:,}", f"{other.total:,}"),
            ("US dollars, Memfog and ccusage", f"{own.dollars:,.2f}", f"{other.dollars:,.2f}"),
            ("days by model", f"{len(self.cells):,}"),
            ("with equal tokens", f"{sum(map(self.has_equal_tokens, self.cells)):,}"),
            ("with equal tokens and prices", f"{len(comparable):,}"),
            ("and with equal cost, to the cent", f"{sum(not self._is_wrong(cell) for cell in comparable):,}"),
            ("tokens that no rule explains", f"{self.unexplained:,}"),
        )
        yield from _format_table(("all", "", ""), rows)


def _signed(count: int) -> str:
    return f"{count:+,}" if count else ""


def _format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    filled = [tuple(row) + ("",) * (len(head) - len(row)) for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*filled, strict=True)]
    for row in filled:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
