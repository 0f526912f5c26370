"""The deletion of an account removes all its rows and credentials at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from accounts.lifecycle import account_deletion
from accounts.models import OperatorAction, User
from events.isolation.row_security import acting_for
from tests.accounts.calls import OTHER, bearer, is_in, login, press, register, sign_in
from tests.accounts.phones import give, sign_in_twice
from tests.dashboard.payloads import event
from tests.people import PASSWORD, People, Person, make_user
from tests.server import Server, wait_for


def delete(http: httpx.Client, person: Person, **over: Any) -> httpx.Response:
    body = {"password": PASSWORD, **over}
    return http.request("DELETE", "/me", json=body, headers=bearer(person.access_token()))


def rows_of(user_id: Any) -> dict[str, int]:
    """Returns table → number of rows that refer to this user."""
    counts = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is User and model is not OperatorAction:
                with acting_for(user_id):
                    counts[model._meta.label] = model._base_manager.filter(**{field.attname: user_id}).count()
    return counts | {"accounts.User": User.objects.filter(id=user_id).count()}


def left(user_id: Any) -> dict[str, int]:
    return {table: count for table, count in rows_of(user_id).items() if count}


def test_everything_of_an_account_goes_at_once(http: httpx.Client, alice: Person, bob: Person) -> None:
    alice.push(*(event("UserPromptSubmit") for _ in range(5)))
    bob.push(event("UserPromptSubmit"))
    assert alice.http.get("/api/sessions").json()["sessions"]
    phone = give(alice.user)
    sign_in_twice(http, alice.user, phone)
    access = alice.access_token()
    before = rows_of(alice.id)
    of_accounts = ("accounts.Token", "accounts.BrowserSession", "accounts.SecondFactor")
    derived = ("memory.ProjectionState", "memory.Session", "memory.SessionEvent", "memory.Prompt")
    assert all(before[table] for table in ("events.Event", "events.Location", "events.Stream", *of_accounts, *derived))
    assert delete(http, alice, otp=phone.fresh()).status_code == 204
    assert left(alice.id) == {}
    assert not is_in(http)
    assert http.get("/me", headers=bearer(access)).status_code == 401
    assert alice.http.get("/me").status_code == 401
    assert alice.http.post("/sync/pull", json={"cursor": ""}).status_code == 401
    assert len(bob.walk()) == 1


def test_it_takes_the_password_again(http: httpx.Client, alice: Person) -> None:
    wrong = delete(http, alice, password=OTHER)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    for body in ({}, {"password": 5}, {"password": None}):
        answer = http.request("DELETE", "/me", json=body, headers=bearer(alice.access_token()))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert alice.http.get("/me").status_code == 200


def test_it_takes_the_code_where_two_factor_is_on(http: httpx.Client, alice: Person) -> None:
    give(alice.user)
    for over in ({}, {"otp": "000000"}):
        answer = delete(http, alice, **over)
        assert (answer.status_code, answer.json()["code"]) == (401, "otp_required")
    assert alice.http.get("/me").status_code == 200


def test_no_api_token_deletes(alice: Person) -> None:
    answer = alice.http.request("DELETE", "/me", json={"password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_guesses_with_a_stolen_access_token_are_throttled(http: httpx.Client, alice: Person) -> None:
    statuses = [delete(http, alice, password=OTHER).status_code for _ in range(45)]
    assert statuses.count(401) <= 40  # 20 an hour; a new hour may begin meanwhile
    assert statuses[-1] == 429


def test_an_owner_deletes_on_the_page(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    page = http.get("/settings/delete").text
    assert "makes no backups" in page
    assert press(http, "/settings/delete", current=OTHER).status_code == 401
    assert press(http, "/settings/delete", current=PASSWORD).headers["location"] == "/"
    assert "were deleted" in http.get("/").text
    assert not User.objects.filter(id=user.id).exists()
    assert login(http, user.email).status_code == 401


def test_the_address_may_be_used_anew(http: httpx.Client, alice: Person, mails: Server) -> None:
    delete(http, alice)
    assert register(http, alice.user.email).status_code == 202
    assert "Verify" in mails.mails_to(alice.user.email)[0]["Subject"]


@pytest.mark.sweep
def test_ten_thousand_events_go_in_one_statement_a_table(alice: Person) -> None:
    for _ in range(10):
        alice.push(*(event("UserPromptSubmit") for _ in range(1_000)))
    assert rows_of(alice.id)["events.Event"] == 10_000
    with CaptureQueriesContext(connection) as queries:
        account_deletion.delete_account(alice.id)
    deletes = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
    for table in ("events_event", "events_location", "events_stream"):
        assert len([sql for sql in deletes if f'"{table}"' in sql]) <= 2  # by the app, then by the cascade
    assert len(deletes) <= 2 * len(rows_of(alice.id))
    assert left(alice.id) == {}


@pytest.mark.sweep
def test_events_that_arrive_meanwhile_leave_nothing_behind(http: httpx.Client, people: People) -> None:
    for seen in (True, False, True, False):
        alice = people()
        if seen:
            alice.push(event("UserPromptSubmit"))

        def push(n: int, alice: Person = alice) -> int:
            return alice.http.post("/ingest", json=event("UserPromptSubmit", cwd=f"/srv/{n}")).status_code

        with ThreadPoolExecutor(6) as pool:
            pushed = [pool.submit(push, n) for n in range(60)]
            assert delete(http, alice).status_code == 204
            statuses = {one.result() for one in pushed}
        assert statuses <= {200, 401}
        wait_for(lambda alice=alice: push(0, alice) == 401, what="status 401", seconds=5)  # type: ignore[misc]
        assert left(alice.id) == {}


@pytest.mark.parametrize("path", ["/ingest", "/sync/push"])
def test_a_second_server_refuses_a_deleted_users_token(
    http: httpx.Client, alice: Person, spare: Server, path: str
) -> None:
    body = {"events": [event("UserPromptSubmit")]}
    with httpx.Client(base_url=spare.url, headers=bearer(alice.token), verify=False) as there:
        assert there.post(path, json=body).status_code == 200
        assert delete(http, alice).status_code == 204
        answers = [there.post(path, json={"events": [event("UserPromptSubmit")]}).status_code for _ in range(3)]
        assert set(answers) <= {401}
        wait_for(lambda: there.post(path, json=body).status_code == 401, seconds=5)
    assert left(alice.id) == {}
