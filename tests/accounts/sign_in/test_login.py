import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts import hashing
from tests.accounts.calls import OTHER, address, bearer, login, without_id
from tests.people import PASSWORD, People, make_user


def test_a_login_gives_an_access_token_for_an_hour(http: httpx.Client) -> None:
    user = make_user(display_name="Alice")
    answer = login(http, user.email)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    assert set(body) == {"access_token", "expires_in", "token_type", "user"}
    assert http.get("/me", headers=bearer(body["access_token"])).json() == body["user"]


def test_an_unknown_address_and_a_wrong_password_answer_alike(http: httpx.Client) -> None:
    answers = [login(http, address()), login(http, make_user().email, OTHER), login(http, disabled().email)]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert without_id(answers[0]) == without_id(answers[1]) == without_id(answers[2])
    assert answers[0].json()["code"] == "invalid_credentials"
    assert "www-authenticate" in answers[0].headers


def disabled() -> User:
    return make_user(is_active=False)


def test_an_unknown_address_and_a_wrong_password_cost_one_hash(inside: Client, hashes: hashing.Count) -> None:
    known, pending = make_user().email, make_user(verified=False).email
    hashes.take()
    for email, password in [(address(), OTHER), (known, OTHER), (known, PASSWORD), (pending, OTHER)]:
        inside.post("/auth/login", {"email": email, "password": password}, content_type="application/json")
        assert hashes.take() == 1


def test_a_pending_account_is_told_so_only_with_the_right_password(http: httpx.Client) -> None:
    user = make_user(verified=False)
    assert (login(http, user.email).status_code, login(http, user.email).json()["code"]) == (403, "email_unverified")
    assert login(http, user.email, OTHER).status_code == 401


def test_ten_logins_at_once_are_answered(http: httpx.Client) -> None:
    user = make_user()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: login(http, user.email).status_code, range(10)))
    assert answers == [200] * 10


def test_an_access_token_ends_after_an_hour(inside: Client) -> None:
    user = make_user()
    body = {"email": user.email, "password": PASSWORD}
    access = inside.post("/auth/login", body, "application/json").json()["access_token"]
    for minutes, status in ((59, 200), (61, 401)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            assert inside.get("/me", headers=bearer(access)).status_code == status


def test_an_access_token_carries_nothing_of_the_password(http: httpx.Client) -> None:
    user = make_user()
    payload = login(http, user.email).json()["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sub", "iss", "epoch"}


def forged(user: User, *, key: str | None = None, algorithm: str = "HS256", **over: Any) -> str:
    now = datetime.now(UTC)
    claims = {"token_type": "access", "exp": now + timedelta(hours=1), "iat": now, "jti": "x", "sub": str(user.id),
              "iss": "memfog", "epoch": user.credential_epoch, **over}  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode(claims, settings.SECRET_KEY if key is None else key, algorithm)


def test_a_token_of_our_own_making_works(http: httpx.Client) -> None:
    assert http.get("/me", headers=bearer(forged(make_user()))).status_code == 200


@pytest.mark.parametrize(
    "over",
    [
        {"key": "another key, and long enough for anyone"}, {"key": "", "algorithm": "none"}, {"algorithm": "HS512"},
        {"token_type": "refresh"}, {"token_type": ...}, {"sub": ...}, {"sub": "nobody"}, {"epoch": ...},
        {"epoch": "x"}, {"epoch": 7}, {"epoch": None}, {"epoch": [1]}, {"epoch": 10**30}, {"iss": "else"}, {"iss": ...},
        {"exp": ...}, {"exp": 1}, {"exp": "x"}, {"sub": "00000000-0000-0000-0000-000000000000"}, {"jti": ...},
        {"pad": "x" * 100_000 },
    ],
)  # fmt: skip
def test_a_forged_access_token_is_refused(inside: Client, over: dict[str, Any]) -> None:
    answer = inside.get("/me", headers=bearer(forged(make_user(), **over)))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic YTpi", "Bearer a b", "Bearer a.b.c", "Bearer mfg_", "Bearer mfg_" + "z" * 43,
     "Bearer mfg_" + "0" * 43, "Bearer mfg_" + "\u00b2" * 43, "Bearer \u00e9", "Token x", "bearer null"],
)  # fmt: skip
def test_a_malformed_credential_is_refused(http: httpx.Client, header: str) -> None:
    answer = http.get("/me", headers=[(b"Authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_hundred_kilobytes_of_credential_are_refused(inside: Client) -> None:
    assert inside.get("/me", headers=bearer("x" * 100_000)).status_code == 401


def test_a_deleted_or_disabled_users_credentials_are_refused(http: httpx.Client, people: People) -> None:
    for end in (User.delete, _disable):
        alice = people()
        access = alice.access_token()
        end(alice.user)
        assert http.get("/me", headers=bearer(access)).status_code == 401
        assert alice.http.get("/me").status_code == 401


def _disable(user: User) -> None:
    user.is_active = False
    user.save()


def test_a_credential_in_the_query_is_no_credential(http: httpx.Client, people: People) -> None:
    alice = people()
    assert http.get("/me", params={"token": alice.token, "access_token": alice.token}).status_code == 401
