"""An answer that the transcripts of several sessions hold counts once: where its count is largest."""

import itertools
from typing import Any

import pytest

from events.isolation.row_security import acting_for
from memory.models import TokenUsage
from memory.projection import projector, repricing
from memory.sessions import session_queries, turn_totals
from tests.memory.make import event, usage
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import Person

ONE = "msg_01AbCdEfGhJkLmNpQrStUvWx"
OTHER = "msg_01ZbCdEfGhJkLmNpQrStUvWy"
TOKENS: dict[str, Any] = {"model": "claude-opus-4-8", "input_tokens": 10}
PROMPTS = [event("prompt_submit", 0, session=name, prompt=f"Do {name}") for name in ("s1", "s2", "s3")]
SMALL = usage(ONE, 1, session="s1", output_tokens=1, **TOKENS)
LARGE = usage(ONE, 1, session="s2", output_tokens=500, **TOKENS)
MIDDLE = usage(ONE, 1, session="s3", output_tokens=40, **TOKENS)
ONLY = usage(OTHER, 2, session="s1", output_tokens=7, **TOKENS)
GROWN = usage(ONE, 3, session="s1", output_tokens=900, **TOKENS)


def counted(person: Person) -> dict[str, int]:
    infos = {name: session_queries.find_session(person.id, name) for name in ("s1", "s2", "s3")}
    return {name: info.row.output_tokens for name, info in infos.items() if info}


@pytest.mark.parametrize("order", list(itertools.permutations([SMALL, LARGE, MIDDLE])))
def test_the_largest_count_counts_whenever_it_comes(alice: Person, order: tuple[dict[str, Any], ...]) -> None:
    alice.push(*PROMPTS, ONLY)
    for one in order:
        alice.push(one)
        projector.catch_up(alice.id)
    assert counted(alice) == {"s1": 7, "s2": 500, "s3": 0}
    rows = derived_rows(alice.id)
    assert rows == derive_afresh(alice.id)
    alice.push(GROWN)
    projector.catch_up(alice.id)
    assert counted(alice) == {"s1": 907, "s2": 0, "s3": 0}
    assert derived_rows(alice.id) == derive_afresh(alice.id)
    s2 = session_queries.find_session(alice.id, "s2")
    assert s2 is not None
    assert [turn.tokens for turn in turn_totals.list_turns(alice.id, s2.row)] == [0]


def test_all_at_once_is_as_one_by_one(alice: Person) -> None:
    alice.push(*PROMPTS, SMALL, LARGE, MIDDLE, ONLY, GROWN)
    projector.catch_up(alice.id, batch_size=2)
    assert counted(alice) == {"s1": 907, "s2": 0, "s3": 0}
    assert derived_rows(alice.id) == derive_afresh(alice.id)


def test_when_the_session_that_counts_an_answer_is_deleted_the_next_one_counts_it(alice: Person) -> None:
    alice.push(*PROMPTS, SMALL, LARGE, MIDDLE)
    projector.catch_up(alice.id)
    deleted = [LARGE["id"], PROMPTS[1]["id"]]
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    assert alice.http.request("DELETE", "/api/events", json={"ids": deleted}, headers=headers).status_code == 200
    projector.catch_up(alice.id)
    assert counted(alice) == {"s1": 0, "s3": 40}
    assert derived_rows(alice.id) == derive_afresh(alice.id)


@pytest.mark.usefixtures("stopped_worker")
def test_other_prices_change_what_is_counted_alone(alice: Person) -> None:
    alice.push(*PROMPTS, SMALL, LARGE)
    projector.catch_up(alice.id)
    with acting_for(alice.id):
        TokenUsage.objects.for_user(alice.id).update(price_version=0)
    assert repricing.reprice(alice.id)
    assert derived_rows(alice.id) == derive_afresh(alice.id)


@pytest.mark.parametrize("id_", ["m1", "msg_1", "msg_1758123456789", "msg_000000000000000000000000", "ocgo"])
def test_an_id_that_gateways_repeat_counts_in_each_session(alice: Person, id_: str) -> None:
    alice.push(*PROMPTS, *(usage(id_, 1, session=name, output_tokens=n) for n, name in enumerate(("s1", "s2", "s3"))))
    projector.catch_up(alice.id)
    assert counted(alice) == {"s1": 0, "s2": 1, "s3": 2}
