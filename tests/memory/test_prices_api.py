"""`/api/prices` and `/settings/prices`: prices that a user sets for models."""

import re
from typing import Any

import httpx
import pytest

from memory import tasks
from memory.preferences import own_prices
from tests.accounts.calls import press
from tests.dashboard.visitor import page, sign_in
from tests.memory.make import event, usage
from tests.people import People, Person
from tests.server import wait_for

MINE = {"model": "My-Router/*", "input_usd": 1, "output_usd": 2.5}
SHOWN = {
    "model": "my-router/*",
    "same_as": "",
    "input_usd": 1.0,
    "output_usd": 2.5,
    "cache_write_usd": 1.25,
    "cache_write_1h_usd": 2.0,
    "cache_read_usd": 0.1,
}
ANSWER = usage("m1", 1, model="my-router/big", output_tokens=1_000_000)


@pytest.fixture
def owner(alice: Person) -> Any:
    with People(str(alice.http.base_url)).client({"Authorization": f"Bearer {alice.access_token()}"}) as http:
        yield http


def test_a_price_is_set_changed_and_deleted(alice: Person, owner: httpx.Client) -> None:
    assert owner.get("/api/prices").json() == {"prices": []}
    assert owner.post("/api/prices", json=MINE).json() == {"prices": [SHOWN]}
    alias = {"model": "opus", "same_as": "claude-opus-5-5"}
    changed = owner.post("/api/prices", json=MINE | {"cache_read_usd": 0}).json()["prices"]
    assert changed == [SHOWN | {"cache_read_usd": 0}]
    assert owner.post("/api/prices", json=alias).json()["prices"][1] == {**dict.fromkeys(SHOWN), **alias}
    # An API token may read prices, and not change them.
    assert len(alice.http.get("/api/prices").json()["prices"]) == 2
    assert alice.http.post("/api/prices", json=MINE).status_code == 403
    assert alice.http.delete("/api/prices?model=opus").status_code == 403
    assert [one["model"] for one in owner.delete("/api/prices?model=OPUS").json()["prices"]] == ["my-router/*"]
    assert owner.delete("/api/prices?model=opus").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model": ""},
        {"model": "x"},
        {"model": "x", "input_usd": 1},
        {"model": "x", "input_usd": 1, "output_usd": -1},
        {"model": "x", "input_usd": 1, "output_usd": 1e7},
        {"model": "x", "input_usd": "1", "output_usd": 1},
        {"model": "x", "input_usd": True, "output_usd": 1},
        {"model": "x", "same_as": "X"},
        {"model": "x", "same_as": "y", "output_usd": 1},
        {"model": "x" * 129, "input_usd": 1, "output_usd": 1},
        {"model": 5, "input_usd": 1, "output_usd": 1},
        [],
    ],
)
def test_what_is_no_price_is_refused(owner: httpx.Client, body: Any) -> None:
    answer = owner.post("/api/prices", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert owner.get("/api/prices").json() == {"prices": []}


@pytest.mark.sweep
def test_there_is_a_limit(alice: Person, owner: httpx.Client) -> None:
    for number in range(own_prices.MAX_OWN_PRICES):
        own_prices.set_own_price(alice.id, f"m{number}", alias="claude-opus-5", dollars={})
    assert owner.post("/api/prices", json=MINE | {"model": "m0"}).status_code == 200
    refused = owner.post("/api/prices", json=MINE)
    assert (refused.status_code, "limit" in refused.json()["detail"]) == (400, True)


def test_a_session_without_a_price_says_so_and_costs_nothing(alice: Person, owner: httpx.Client) -> None:
    alice.push(event("prompt_submit", 0, prompt="Go"), ANSWER)

    def cost() -> tuple[float | None, int]:
        session = alice.http.get("/api/sessions/s1").json()
        return session["cost_usd"], session["unpriced_answers"]

    wait_for(lambda: cost() == (None, 1), what="an answer without a price")
    owner.post("/api/prices", json=MINE)
    tasks.reprice_usage()
    wait_for(lambda: cost() == (2.5, 0), what="its price")


OCTOBER = "/insights?time=2025-10-01..2025-10-31"


def text_of(http: httpx.Client, path: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(http, path)))


def test_the_pages_show_models_without_a_price_and_set_prices(http: httpx.Client, alice: Person) -> None:
    alice.push(event("prompt_submit", 0, prompt="Go"), ANSWER, usage("m2", 2, model="claude-opus-4-8", output_tokens=9))
    sign_in(http, alice.user)
    assert "Not included: 1 answer of models without a price (my-router/big)." in text_of(http, OCTOBER)
    shown = text_of(http, "/settings/prices")
    assert "my-router/big 1 answer, no price" in shown, shown[shown.find("Models you used") :]
    assert "claude-opus-4-8 1 answer Set" in shown
    assert 'value="my-router/big"' in page(http, "/settings/prices?model=my-router%2Fbig")
    wrong = press(http, "/settings/prices", model="x")
    assert (wrong.status_code, "Enter the prices of input and output" in wrong.text) == (400, True)
    assert press(http, "/settings/prices", model="my-router/*", input="1", output="2.5").status_code == 302
    tasks.reprice_usage()
    shown = text_of(http, "/settings/prices")
    assert "my-router/* 1 in, 2.5 out; cache: 1.25 and 2 written, 0.1 read" in shown
    assert "Not included" not in text_of(http, OCTOBER)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page(http, "/settings/prices"))
    assert csrf
    form = {"csrfmiddlewaretoken": csrf[1], "model": "my-router/*"}
    http.post("/settings/prices/delete", data=form, headers={"Referer": str(http.base_url)})
    assert own_prices.list_own_prices(alice.id) == ()
