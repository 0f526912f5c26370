"""Costs follow the prices: after a change of the user's own, and after an upgrade, without a rebuild."""

from decimal import Decimal

import pytest

from events.isolation.row_security import acting_for
from memory import tasks
from memory.models import ProjectionState, TokenUsage
from memory.preferences import own_prices
from memory.projection import projector, repricing
from memory.rules import half_hour_counts
from memory.sessions import insight_queries, session_queries
from memory.values import model_prices, price_table, unit_prices
from memory.values.page_filter import PageFilter
from tests.memory.make import event, usage
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import Person

# The prices that a test sets stand in its process only, so the worker of all tests must not project meanwhile.
pytestmark = pytest.mark.usefixtures("stopped_worker")
DAY = 86_400
ANSWERS = [
    event("prompt_submit", 0, prompt="Go"),
    usage("m1", 1, model="claude-opus-4-8", output_tokens=1_000),
    usage("m2", 2, model="local", output_tokens=2_000, input_tokens=10),
    usage("m3", DAY, model="local", output_tokens=3_000, session="s2"),
]


def cost_of(person: Person, session: str = "s1") -> tuple[int, int]:
    info = session_queries.find_session(person.id, session)
    assert info is not None
    return info.row.cost_microdollars, info.row.unpriced_answers


def summed(person: Person) -> tuple[int, int]:
    """Cost, and answers without a price, of all sessions."""
    assert insight_queries.catch_up(person.id)
    totals = insight_queries.load_totals(person.id, PageFilter()).items()
    models = [(key, one) for key, one in totals if key.kind == half_hour_counts.MODEL]
    by_slot = sum(one.cost_microdollars for one in insight_queries.load_quarter_activity(person.id, PageFilter()))
    cost = sum(one.cost_microdollars for _, one in models)
    assert cost == by_slot
    return cost, sum(one.count for key, one in models if key.bucket == half_hour_counts.UNPRICED)


def set_price(person: Person, name: str = "local", **dollars: int) -> None:
    own_prices.set_own_price(person.id, name, dollars={one: Decimal(value) for one, value in dollars.items()})


def run_task_until_done(person: Person) -> None:
    """Runs the task at least once. It may stop before this person's costs: all other users of this run come first."""
    tasks.reprice_usage()
    while person.id in repricing.find_outdated_users():
        tasks.reprice_usage()


def test_own_prices_change_past_and_later_costs(alice: Person) -> None:
    alice.push(*ANSWERS)
    assert (summed(alice), cost_of(alice), cost_of(alice, "s2")) == ((25_000, 2), (25_000, 1), (0, 1))
    set_price(alice, input=1, output=10)
    run_task_until_done(alice)
    assert (summed(alice), cost_of(alice), cost_of(alice, "s2")) == ((75_010, 0), (45_010, 0), (30_000, 0))
    alice.push(usage("m4", DAY + 1, model="LOCAL", output_tokens=1, session="s2"))
    assert summed(alice) == (75_020, 0)
    assert own_prices.delete_own_price(alice.id, "Local")
    assert not own_prices.delete_own_price(alice.id, "local")
    run_task_until_done(alice)
    assert (summed(alice), cost_of(alice, "s2")) == ((25_000, 3), (0, 2))
    set_price(alice, input=0, output=0)
    run_task_until_done(alice)
    assert summed(alice) == (25_000, 0)


def test_costs_are_those_of_a_rebuild(alice: Person) -> None:
    alice.push(*ANSWERS)
    assert projector.catch_up(alice.id)
    set_price(alice, input=1, output=10)
    assert repricing.reprice(alice.id)
    assert derived_rows(alice.id) == derive_afresh(alice.id)


def test_an_alias_costs_as_much_as_its_model(alice: Person) -> None:
    alice.push(*ANSWERS)
    own_prices.set_own_price(alice.id, "lo*", alias="claude-opus-4-8", dollars={})
    assert repricing.reprice(alice.id)
    assert summed(alice) == (25_000 + 50_000 + 50 + 75_000, 0)


@pytest.mark.slow
@pytest.mark.parametrize("is_later", [True, False])
def test_another_table_computes_the_past_again_unless_it_is_an_earlier_one(
    alice: Person, monkeypatch: pytest.MonkeyPatch, is_later: bool
) -> None:
    """As after an upgrade. What a process of the previous release wrote meanwhile follows, too."""
    alice.push(*ANSWERS)
    assert projector.catch_up(alice.id)
    run_task_until_done(alice)
    version = price_table.current_version(0)
    monkeypatch.setattr(
        "memory.values.model_prices.table_version", lambda: version // price_table.REVISIONS + (1 if is_later else -1)
    )
    monkeypatch.setitem(model_prices.MODELS, "claude-opus-4-8", unit_prices.flat_prices("1", "2"))
    price_table._find_shipped.cache_clear()
    try:
        assert (alice.id in repricing.find_outdated_users()) == is_later
        run_task_until_done(alice)
        assert summed(alice) == ((2_000, 2) if is_later else (25_000, 2))
        alice.push(usage("m9", 9, model="claude-opus-4-8", output_tokens=1_000))
        projector.catch_up(alice.id)
    finally:
        monkeypatch.undo()
        price_table._find_shipped.cache_clear()
    if not is_later:
        assert alice.id in repricing.find_outdated_users()
        run_task_until_done(alice)
        assert summed(alice) == (50_000, 2)


def test_many_answers_are_computed_in_batches(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repricing, "BATCH_SIZE", 3)
    alice.push(*(usage(f"m{n}", n, model="local", output_tokens=1_000_000, session=f"s{n % 2}") for n in range(10)))
    assert summed(alice) == (0, 10)
    set_price(alice, input=0, output=1)
    pauses: list[None] = []
    assert repricing.reprice(alice.id, pause=lambda: pauses.append(None))
    assert (len(pauses), summed(alice)) == (5, (10_000_000, 0))
    with acting_for(alice.id):
        versions = set(TokenUsage.objects.for_user(alice.id).values_list("price_version", flat=True))
    assert versions == {price_table.current_version(1)}


def test_a_projector_with_the_earlier_prices_does_not_write(alice: Person) -> None:
    alice.push(*ANSWERS)
    state = ProjectionState(user_id=alice.id, rules_version=projector.VERSION)
    state.save()
    set_price(alice, input=1, output=10)
    assert projector.project_batch(state, 10).has_more
    assert summed(alice) == (75_010, 0)


def test_own_prices_of_a_stranger_change_nothing(alice: Person, bob: Person) -> None:
    alice.push(*ANSWERS)
    set_price(bob, input=1, output=10)
    assert summed(alice) == (25_000, 2)
    assert own_prices.list_own_prices(alice.id) == ()
    assert not own_prices.delete_own_price(alice.id, "local")
