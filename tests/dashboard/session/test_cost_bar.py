"""The bar of turns by cost: of the whole session, whatever a page has loaded, with a way to each turn."""

import re

import httpx
import pytest

from dashboard.session.overview.cost_bar import MIN_SHARE, CostBar, build_cost_bar
from dashboard.session.prompt_rail import make_sums
from memory.sessions.turn_totals import TurnTotals
from tests.dashboard.session.test_turns_and_finding import work
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

TITLE = re.compile(r'href="([^"]+)"[^>]*><title>([^<]+)</title><rect x="([\d.]+)" width="([\d.]+)"')


def bar(*costs: int) -> CostBar | None:
    turns = [TurnTotals(10 * at, at, at, f"say {at}", cost_microdollars=cost) for at, cost in enumerate(costs, 1)]
    return build_cost_bar(make_sums(turns))


@pytest.mark.parametrize("view", ["", "?at=85", "/conversation", "/files", "/raw", "/now"])
def test_each_turn_is_as_wide_as_its_cost_and_leads_to_its_prompt(http: httpx.Client, alice: Person, view: str) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    parts = TITLE.findall(page(http, f"/sessions/s{view}"))
    assert parts == [
        ("/sessions/s?at=2#e-2", "Prompt 1, $1.85, 2 failed: Mend the totals.", "0", "333.33"),
        ("/sessions/s?at=85#e-85", "Prompt 2, $3.70: And the refunds.", "333.33", "666.67"),
    ]


def test_a_table_beside_the_bar_has_the_dearest_prompts_first(http: httpx.Client, alice: Person) -> None:
    alice.push(*work("s").events)
    sign_in(http, alice.user)
    table = source(http, "/sessions/s").split('class="dearest"')[1].split("</table>")[0]
    assert re.findall(r'<th scope="row"><a href="([^"]+)"', table) == ["/sessions/s?at=85#e-85", "/sessions/s?at=2#e-2"]


def test_a_session_without_costs_or_with_one_turn_has_no_bar() -> None:
    assert bar() is None
    assert bar(0, 0) is None
    assert bar(5) is None
    assert bar(0, 5, 0) is None


def test_turns_that_cost_next_to_nothing_join_their_neighbors() -> None:
    made = bar(1, 1, 1_000, 0, 500, 0)
    assert made
    assert [part.name for part in made.parts] == ["Prompts 1 to 3", "Prompts 4 to 6"]
    assert [part.dearest.source.number for part in made.parts] == [3, 5]


def test_a_bar_has_few_parts_and_fills_its_width_however_many_turns_there_are() -> None:
    made = bar(*(number % 7 for number in range(5_000)))
    assert made
    assert 200 < len(made.parts) <= 1 / MIN_SHARE
    assert sum(part.width for part in made.parts) == pytest.approx(1_000, abs=2)
    assert sum(len(part.turns) for part in made.parts) == 5_000


def test_the_work_grows_with_the_turns_also_if_none_has_a_cost() -> None:
    reads = 0

    class FreeTurn(TurnTotals):
        def __getattribute__(self, name: str) -> object:
            nonlocal reads
            reads += name == "cost_microdollars"
            return super().__getattribute__(name)

    turns = make_sums([FreeTurn(at, at, at, f"say {at}") for at in range(1, 301)])
    reads = 0
    assert build_cost_bar(turns) is None
    assert reads <= 4 * len(turns)
