from uuid import uuid4

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.credentials import api_tokens
from accounts.models import Scope, Token
from tests.accounts.calls import bearer
from tests.people import People, Person, make_user
from tests.server import wait_for


def manage(alice: Person) -> dict[str, str]:
    return bearer(alice.access_token())


def test_a_token_is_made_used_and_listed(http: httpx.Client, alice: Person) -> None:
    made = http.post("/api/tokens", json={"name": "laptop"}, headers=manage(alice))
    assert made.status_code == 201
    token = made.json().pop("token")
    assert len(token) == 47
    assert http.get("/me", headers={**bearer(token), "User-Agent": "memfog/1"}).json()["email"] == alice.user.email
    listed = http.get("/api/tokens", headers=manage(alice)).json()["tokens"]
    mine = next(row for row in listed if row["name"] == "laptop")
    assert set(mine) == {"id", "name", "scopes", "created_at", "last_used_at", "client"}
    assert (mine["scopes"], mine["client"]) == (["full"], "memfog/1")
    assert mine["last_used_at"] > mine["created_at"]
    assert token not in str(listed)


@pytest.mark.parametrize("scope", ["capture", "full"])
def test_a_token_has_the_scope_it_was_made_with(http: httpx.Client, alice: Person, scope: str) -> None:
    made = http.post("/api/tokens", json={"name": "x", "scopes": [scope]}, headers=manage(alice)).json()
    assert made["scopes"] == [scope]
    assert http.get("/me", headers=bearer(made["token"])).status_code == 200
    pulled = http.post("/sync/pull", json={}, headers=bearer(made["token"]))
    assert pulled.status_code == (200 if scope == "full" else 403)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": 5}, {"name": "x" * 101}, {"name": "a\nb"}, {"name": "a\0"}, {"name": None},
     {"name": "x", "scopes": "full"}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["full", "capture"]},
     {"name": "x", "scopes": ["account"]}, {"name": "x", "scopes": [5]}, {"name": "x", "scopes": [["full"]]},
     {"name": "x", "scopes": None}, {"name": "x", "scopes": {"full": 1}}],
)  # fmt: skip
def test_a_malformed_token_request_is_refused(http: httpx.Client, alice: Person, body: dict[str, object]) -> None:
    answer = http.post("/api/tokens", json=body, headers=manage(alice))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_hundred_tokens_are_enough(http: httpx.Client, people: People) -> None:
    alice = people()
    have = alice.user.tokens.count()
    Token.objects.bulk_create([Token(user=alice.user, name=str(n)) for n in range(have, 100)])
    answer = http.post("/api/tokens", json={"name": "one more"}, headers=manage(alice))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert "100" in answer.json()["detail"]


def test_a_revoked_token_is_refused_within_five_seconds(http: httpx.Client, alice: Person) -> None:
    assert alice.http.get("/me").status_code == 200
    token_id = api_tokens.verify(alice.token)
    assert http.delete(f"/api/tokens/{token_id}", headers=manage(alice)).status_code == 204
    wait_for(lambda: alice.http.get("/me").status_code == 401, seconds=5)
    assert http.delete(f"/api/tokens/{token_id}", headers=manage(alice)).status_code == 404


def test_bob_cannot_revoke_or_see_alices_tokens(http: httpx.Client, alice: Person, bob: Person) -> None:
    token_id = api_tokens.verify(alice.token)
    of_alice = http.delete(f"/api/tokens/{token_id}", headers=manage(bob))
    of_nobody = http.delete(f"/api/tokens/{uuid4()}", headers=manage(bob))
    assert of_alice.status_code == of_nobody.status_code == 404
    assert of_alice.json()["detail"] == of_nobody.json()["detail"]
    assert str(token_id) not in http.get("/api/tokens", headers=manage(bob)).text
    assert alice.http.get("/me").status_code == 200


def test_no_api_token_manages_tokens(alice: Person) -> None:
    answers = [
        alice.http.get("/api/tokens"),
        alice.http.post("/api/tokens", json={"name": "x"}),
        alice.http.delete(f"/api/tokens/{uuid4()}"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "forbidden")] * 3


def test_a_session_manages_no_tokens(inside: Client) -> None:
    inside.force_login(make_user())
    assert inside.get("/api/tokens").status_code == 401
    assert inside.get("/me").status_code == 401


def test_a_forged_token_costs_no_query(inside: Client) -> None:
    token = api_tokens.sign(uuid4())
    altered = token[:-1] + ("0" if token[-1] != "0" else "1")
    with CaptureQueriesContext(connection) as queries:
        assert inside.get("/me", headers=bearer(altered)).status_code == 401
    assert len(queries) == 0


def test_an_owner_gone_within_the_seconds_of_belief_is_refused(inside: Client) -> None:
    user = make_user()
    token = api_tokens.sign(api_tokens.create(user.id, name="x", scope=Scope.CAPTURE).id)
    assert inside.get("/me", headers=bearer(token)).status_code == 200
    user.delete()
    assert inside.get("/me", headers=bearer(token)).status_code == 401


def test_an_unknown_token_id_is_not_found(http: httpx.Client, alice: Person) -> None:
    for wrong in ("x", "1", f"{uuid4()}/x", "../me"):
        answer = http.delete(f"/api/tokens/{wrong}", headers=manage(alice))
        assert answer.status_code in {404, 405}
        assert answer.headers["content-type"] == "application/problem+json"
