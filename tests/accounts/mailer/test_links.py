"""The secret links in mails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingMail, User
from tests.accounts.calls import OTHER, address, forgot, login, register, reset, secret, verify
from tests.people import make_user
from tests.server import Server


def pending(http: httpx.Client, mails: Server) -> tuple[str, str]:
    """An unverified address and the secret of its link."""
    email = address()
    assert register(http, email).status_code == 202
    return email, secret(mails.mails_to(email)[0])


def forgetful(http: httpx.Client, mails: Server) -> tuple[User, str]:
    """A verified user and the secret of a link that sets a new password."""
    user = make_user()
    assert forgot(http, user.email).status_code == 202
    return user, secret(mails.mails_to(user.email)[0])


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and answer.json()["code"] == "invalid_token"


def test_a_verification_works_once(http: httpx.Client, mails: Server) -> None:
    _, token = pending(http, mails)
    assert verify(http, token).status_code == 200
    assert refused(verify(http, token))


def test_a_reset_works_once(http: httpx.Client, mails: Server) -> None:
    user, token = forgetful(http, mails)
    assert reset(http, token).status_code == 200
    assert refused(reset(http, token, "yet another password"))
    assert login(http, user.email, OTHER).status_code == 200


@pytest.mark.parametrize("position", [0, 31, 33, 36, 40, -1])
def test_an_altered_link_is_refused(http: httpx.Client, mails: Server, position: int) -> None:
    email, token = pending(http, mails)
    other = "1" if token[position] != "1" else "0"
    altered = token[:position] + other + (token[position + 1 :] if position != -1 else "")
    assert refused(verify(http, altered))
    assert login(http, email).status_code == 403


@pytest.mark.parametrize("token", ["x", ".", "..", "a.b.c", "é.é.é", "0" * 32, "0" * 5000, "..." * 1000, " "])
def test_an_invented_link_is_refused(http: httpx.Client, token: str) -> None:
    assert verify(http, token).status_code == 400
    assert reset(http, token).status_code == 400


def test_a_link_serves_its_own_purpose_only(http: httpx.Client, mails: Server) -> None:
    _, to_verify = pending(http, mails)
    _, to_reset = forgetful(http, mails)
    assert refused(reset(http, to_verify))
    assert refused(verify(http, to_reset))


def test_a_link_verifies_nobody_else(http: httpx.Client, mails: Server) -> None:
    (mine, token), (theirs, _) = pending(http, mails), pending(http, mails)
    assert verify(http, token).status_code == 200
    assert login(http, mine).status_code == 200
    assert login(http, theirs).status_code == 403


def test_a_later_reset_replaces_the_earlier(http: httpx.Client, mails: Server) -> None:
    user, old = forgetful(http, mails)
    forgot(http, user.email)
    new = secret(mails.mails_to(user.email, count=2)[1])
    assert refused(reset(http, old))
    assert reset(http, new).status_code == 200


@pytest.mark.parametrize(("hours", "status"), [(23.9, 200), (24.1, 400)])
def test_a_verification_lasts_a_day(
    http: httpx.Client, mails: Server, inside: Client, hours: float, status: int
) -> None:
    _, token = pending(http, mails)
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        assert inside.post("/auth/verify-email", {"token": token}, "application/json").status_code == status


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 400)])
def test_a_reset_lasts_an_hour(http: httpx.Client, mails: Server, inside: Client, minutes: int, status: int) -> None:
    _, token = forgetful(http, mails)
    body = {"token": token, "password": OTHER}
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert inside.post("/auth/reset-password", body, "application/json").status_code == status


def test_opening_a_link_spends_nothing(http: httpx.Client, mails: Server) -> None:
    _, to_verify = pending(http, mails)
    _, to_reset = forgetful(http, mails)
    for _ in range(3):
        assert http.get("/verify-email", params={"token": to_verify}).status_code == 200
        assert http.get("/reset-password", params={"token": to_reset}).status_code == 200
    assert verify(http, to_verify).status_code == 200
    assert reset(http, to_reset).status_code == 200


def test_a_weak_password_spends_nothing(http: httpx.Client, mails: Server) -> None:
    _, token = forgetful(http, mails)
    assert reset(http, token, "password").json()["code"] == "invalid_input"
    assert reset(http, token).status_code == 200


def test_links_lead_to_the_configured_origin_whatever_the_host_header(http: httpx.Client, mails: Server) -> None:
    email = address()
    answer = http.post("/auth/register", json={"email": email, "password": OTHER}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    answer = http.post(
        "/auth/register", json={"email": email, "password": OTHER}, headers={"X-Forwarded-Host": "evil.example"}
    )
    assert answer.status_code == 202
    [mail] = mails.mails_to(email)
    assert "evil" not in mail.as_string()
    assert f"{mails.url}/verify-email?token=" in body(mail)


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_the_outbox_holds_no_secret(http: httpx.Client, mails: Server) -> None:
    email, token = pending(http, mails)
    rows = OutgoingMail.objects.filter(user__email=email).values_list()
    assert token.rpartition(".")[2] not in str(list(rows))


def test_of_two_resets_at_once_one_counts(http: httpx.Client, mails: Server) -> None:
    user, token = forgetful(http, mails)
    passwords = [f"{OTHER} {n}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda password: reset(http, token, password).status_code, passwords))
    assert sorted(statuses) == [200] + [400] * 5
    winner = passwords[statuses.index(200)]
    assert login(http, user.email, winner).status_code == 200
