import httpx
import pytest
from django.test import Client

from accounts.models import OutgoingMail
from tests.accounts.calls import (
    OTHER,
    address,
    bearer,
    forgot,
    login,
    press,
    register,
    reset,
    secret,
    text,
    verify,
    without_id,
)  # fmt: skip
from tests.people import PASSWORD, People, make_user
from tests.server import Server


def test_known_unknown_and_pending_addresses_answer_alike(http: httpx.Client) -> None:
    addresses = [make_user().email, address(), make_user(verified=False).email, make_user(is_active=False).email]
    answers = [forgot(http, email) for email in addresses]
    assert {answer.status_code for answer in answers} == {202}
    assert all(without_id(answer) == without_id(answers[0]) for answer in answers)


def test_an_unknown_address_costs_the_same_work(inside: Client) -> None:
    before = OutgoingMail.objects.filter(user=None).count()
    assert inside.post("/auth/forgot-password", {"email": address()}, "application/json").status_code == 202
    assert OutgoingMail.objects.filter(user=None).count() > before


def test_a_pending_account_gets_its_verification_anew(http: httpx.Client, mails: Server) -> None:
    email = address()
    register(http, email)
    [old] = mails.mails_to(email)
    forgot(http, email)
    new = mails.mails_to(email, count=2)[1]
    assert "/verify-email?" in text(new)
    assert verify(http, secret(old)).status_code == 400
    assert verify(http, secret(new)).status_code == 200
    assert login(http, email).status_code == 200


def test_a_reset_ends_sessions_and_access_tokens_and_leaves_api_tokens(
    http: httpx.Client, mails: Server, people: People
) -> None:
    alice = people()
    access = login(http, alice.user.email).json()["access_token"]
    press(http, "/sign-in", email=alice.user.email, password=PASSWORD)
    forgot(http, alice.user.email)
    assert reset(http, secret(mails.mails_to(alice.user.email)[0])).status_code == 200
    assert http.get("/me", headers=bearer(access)).status_code == 401
    assert http.get("/admin/").headers["location"].startswith("/admin/login/")
    assert alice.http.get("/me").status_code == 200
    assert login(http, alice.user.email).status_code == 401
    assert login(http, alice.user.email, OTHER).status_code == 200


def test_the_owner_is_told_of_a_new_password(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    reset(http, secret(mails.mails_to(user.email)[0]))
    notice = mails.mails_to(user.email, count=2)[1]
    assert "password was changed" in notice["Subject"]
    assert f"{mails.url}/machines" in text(notice)
    assert "API tokens still work" in text(notice)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025, 5, None])
def test_a_bad_new_password_is_named(http: httpx.Client, mails: Server, password: object) -> None:
    user = make_user()
    forgot(http, user.email)
    answer = reset(http, secret(mails.mails_to(user.email)[0]), password)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["loc"] == ["password"]


def test_a_new_password_by_other_ways_ends_the_link_too(http: httpx.Client, mails: Server) -> None:
    user = make_user()
    forgot(http, user.email)
    [mail] = mails.mails_to(user.email)
    user.refresh_from_db()
    user.set_password(OTHER)
    user.save()
    assert reset(http, secret(mail)).status_code == 400
