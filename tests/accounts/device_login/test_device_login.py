"""Device login (RFC 8628): a machine asks for access, and a signed-in user decides."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.models import DeviceLogin, Token
from tests.accounts.calls import bearer, press, send, sign_in
from tests.accounts.phones import give
from tests.people import make_user
from tests.server import ROOT, Server


def ask(http: httpx.Client, name: str = "laptop", **over: Any) -> dict[str, Any]:
    answer = http.post("/auth/device", json={"client_name": name, **over})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())


def poll(http: httpx.Client, asked: dict[str, Any]) -> httpx.Response:
    """Asks for the token as if the machine had waited for the interval."""
    DeviceLogin.objects.update(polled_at=None)
    return http.post("/auth/device/token", json={"device_code": asked["device_code"]})


def code(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.json()["code"])


def decide(http: httpx.Client, asked: dict[str, Any], decision: str) -> httpx.Response:
    http.get("/device")
    return send(http, "/device", user_code=asked["user_code"], decision=decision)


def test_a_machine_is_told_where_to_go_and_how_long(http: httpx.Client, server: Server) -> None:
    asked = ask(http)
    page, user_code = f"{server.url}/device", asked["user_code"]
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", user_code)
    assert (asked["verification_uri"], asked["verification_uri_complete"]) == (page, f"{page}?user_code={user_code}")
    assert (asked["expires_in"], asked["interval"]) == (600, 5)
    assert len(asked["device_code"]) >= 43


@pytest.mark.parametrize(
    ("scopes", "may_read"), [({}, True), ({"scopes": ["full"]}, True), ({"scopes": ["capture"]}, False)]
)
def test_an_approved_machine_gets_a_token_named_after_it_once(http: httpx.Client, scopes: Any, may_read: bool) -> None:
    user = make_user()
    sign_in(http, user.email)
    asked = ask(http, "Ada's laptop", **scopes)
    assert code(poll(http, asked)) == "authorization_pending"
    assert user.tokens.count() == 1
    page = press(http, "/device", user_code=asked["user_code"].lower())
    assert "Ada&#x27;s laptop" in page.text
    assert ("read all of yours" in page.text) == may_read
    assert user.tokens.count() == 1
    assert decide(http, asked, "approve").headers["location"] == "/machines"
    assert user.tokens.get(name="Ada's laptop").scope == ("full" if may_read else "capture")
    given = poll(http, asked)
    assert (given.status_code, given.headers["cache-control"]) == (200, "no-store")
    assert given.json()["scopes"] == ["full" if may_read else "capture"]
    answer = http.get("/me", headers=bearer(given.json()["token"]))
    assert answer.json()["email"] == user.email
    assert http.post("/sync/pull", json={}, headers=bearer(given.json()["token"])).status_code == (
        200 if may_read else 403
    )
    assert code(poll(http, asked)) == "expired_token"


def test_a_denied_machine_gets_none(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    asked = ask(http)
    decide(http, asked, "deny")
    assert code(poll(http, asked)) == "access_denied"
    assert user.tokens.count() == 1


def test_a_link_fills_the_code_in_and_decides_nothing(http: httpx.Client) -> None:
    sign_in(http, make_user().email)
    asked = ask(http)
    path = asked["verification_uri_complete"].removeprefix(str(http.base_url).rstrip("/"))
    for more in ("", "&decision=approve"):
        assert f'value="{asked["user_code"]}"' in http.get(path + more).text
    assert code(poll(http, asked)) == "authorization_pending"


def test_a_visitor_signs_in_first_and_comes_back_with_the_code(http: httpx.Client) -> None:
    user = make_user()
    give(user)
    there = http.get("/device?user_code=BCDF-GHJK").headers["location"]
    assert there == "/sign-in?next=/device%3Fuser_code%3DBCDF-GHJK"
    # A user with two-factor sign-in keeps the link to the device page through both steps.
    half_way = press(http, there, email=user.email, password="correct horse battery staple").headers["location"]
    assert half_way == "/sign-in/code?next=%2Fdevice%3Fuser_code%3DBCDF-GHJK"
    asked = ask(http)
    assert send(http, "/device", user_code=asked["user_code"], decision="approve").status_code == 302
    assert code(poll(http, asked)) == "authorization_pending"


def test_a_code_is_decided_on_once(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    asked = ask(http)
    http.get("/device")

    def approve(_: int) -> int:
        return send(http, "/device", user_code=asked["user_code"], decision="approve").status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(approve, range(4))) == [302, 400, 400, 400]
    assert user.tokens.count() == 2
    again = decide(http, asked, "deny")
    assert (again.status_code, "No machine is waiting" in again.text) == (400, True)


def test_who_does_not_wait_is_slowed_down(inside: Client) -> None:
    asked = inside.post("/auth/device", {"client_name": "x"}, "application/json").json()
    body = {"device_code": asked["device_code"]}
    start = timezone.now()

    def at(seconds: float) -> str:
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            return str(inside.post("/auth/device/token", body, "application/json").json()["code"])

    assert [at(second) for second in (1, 3, 12, 22, 33)] == [
        "authorization_pending", "slow_down", "slow_down", "slow_down", "slow_down",
    ]  # fmt: skip
    assert [at(second) for second in (60, 84)] == ["authorization_pending", "slow_down"]


@pytest.mark.parametrize(("minutes", "answer"), [(9.9, "authorization_pending"), (10.1, "expired_token")])
def test_it_lasts_ten_minutes(inside: Client, minutes: float, answer: str) -> None:
    asked = inside.post("/auth/device", {"client_name": "x"}, "application/json").json()
    inside.force_login(make_user())
    body = {"device_code": asked["device_code"]}
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert inside.post("/auth/device/token", body, "application/json").json()["code"] == answer
        page = inside.post("/device", {"user_code": asked["user_code"]})
        assert page.status_code == (200 if answer == "authorization_pending" else 400)


@pytest.mark.parametrize("wrong", ["BCDF-GHJK", "x", "é", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_an_unknown_code_is_told_apart_from_nothing(http: httpx.Client, wrong: str) -> None:
    sign_in(http, make_user().email)
    answer = press(http, "/device", user_code=wrong)
    assert (answer.status_code, "No machine is waiting" in answer.text) == (400, True)


def test_user_codes_cannot_be_tried_out(inside: Client) -> None:
    inside.force_login(make_user())
    statuses = [
        inside.post("/device", {"user_code": "BCDF-GHJK"}, REMOTE_ADDR=f"100.71.0.{n}").status_code for n in range(60)
    ]
    assert statuses.count(400) <= 40  # 20 an hour; a new hour may begin meanwhile
    assert statuses[-1] == 429


def test_asking_is_counted_per_client(http: httpx.Client) -> None:
    statuses = [http.post("/auth/device", json={"client_name": "x"}).status_code for _ in range(25)]
    assert statuses[:10] == [200] * 10
    # The limit is ten a minute. On a slow machine a new minute may begin during the loop.
    assert statuses.count(200) <= 20
    assert set(statuses) == {200, 429}


@pytest.mark.parametrize(
    "body",
    [{}, {"client_name": ""}, {"client_name": 5}, {"client_name": "x" * 101}, {"client_name": "a\nb"},
     {"client_name": "x", "scopes": ["account"]}, {"client_name": "x", "scopes": "full"},
     {"client_name": "x", "scopes": []}],
)  # fmt: skip
def test_a_malformed_request_is_refused(http: httpx.Client, body: dict[str, object]) -> None:
    answer = http.post("/auth/device", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("wrong", ["x", "é", "x" * 200])
def test_an_unknown_device_code_has_expired(http: httpx.Client, wrong: str) -> None:
    assert code(http.post("/auth/device/token", json={"device_code": wrong})) == "expired_token"


@pytest.mark.parametrize("body", [{}, {"device_code": 5}, {"device_code": "x" * 201}, {"device_code": "a\u0000"}])
def test_a_malformed_device_code_is_refused(http: httpx.Client, body: dict[str, object]) -> None:
    assert code(http.post("/auth/device/token", json=body)) == "invalid_input"


def test_a_machines_name_stays_text(http: httpx.Client) -> None:
    sign_in(http, make_user().email)
    asked = ask(http, "<script>alert(1)</script>")
    page = press(http, "/device", user_code=asked["user_code"])
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_the_database_holds_neither_code(http: httpx.Client) -> None:
    asked = ask(http)
    rows = str(
        [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in DeviceLogin.objects.values_list()]
    )
    assert asked["device_code"] not in rows
    assert asked["user_code"].replace("-", "") not in rows


def test_a_token_that_nobody_fetched_is_revoked(http: httpx.Client) -> None:
    user = make_user()
    sign_in(http, user.email)
    asked = ask(http)
    decide(http, asked, "approve")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        tasks.delete_expired_credentials()
    assert not Token.objects.filter(user=user, name="laptop").exists()
    assert not DeviceLogin.objects.exists()


def test_another_site_cannot_approve(http: httpx.Client) -> None:
    sign_in(http, make_user().email)
    asked = ask(http)
    body = {"user_code": asked["user_code"], "decision": "approve"}
    assert http.post("/device", data=body).status_code == 403
    assert http.post("/device", data=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert code(poll(http, asked)) == "authorization_pending"


def test_a_machine_that_was_let_in_manages_no_account(http: httpx.Client) -> None:
    sign_in(http, make_user().email)
    asked = ask(http)
    decide(http, asked, "approve")
    token = poll(http, asked).json()["token"]
    assert http.get("/api/tokens", headers=bearer(token)).status_code == 403
    assert http.request("DELETE", "/me", json={"password": "x"}, headers=bearer(token)).status_code == 403


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_our_own_client_is_let_in_by_its_code_alone(
    http: httpx.Client, server: Server, tmp_path: Path, decision: str
) -> None:
    user = make_user()
    sign_in(http, user.email)
    command = ["node", str(ROOT / "client/bin/memfog.js"), "connect", "claude-code", "--api", server.url]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout
        assert client.stderr
        told = client.stderr.readline() + client.stderr.readline()
        (user_code,) = set(re.findall(r"[B-Z]{4}-[B-Z]{4}", told))
        decide(http, {"user_code": user_code}, decision)
        said, why = client.stdout.read(), client.stderr.read()
    auth = tmp_path / ".memfog" / "auth.json"
    if decision == "deny":
        assert "was denied" in why
        assert client.returncode == 1
        assert not auth.exists()
    else:
        assert client.returncode == 0, why
        assert f"as {user.email}" in said
        assert json.loads(auth.read_text())["url"] == server.url
