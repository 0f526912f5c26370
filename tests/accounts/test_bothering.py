"""Nobody can have an address flooded with our mail."""

from datetime import timedelta

import httpx
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import outbox
from accounts.models import Mail, User
from tests.accounts.calls import OTHER, address, secret
from tests.people import make_user
from tests.server import Server


def forgot(client: Client, email: str, times: int) -> None:
    for n in range(times):
        peer = f"100.72.{n // 250}.{n % 250}"
        answer = client.post("/auth/forgot-password", {"email": email}, "application/json", REMOTE_ADDR=peer)
        assert answer.status_code == 202


def test_from_a_hundred_addresses_five_mails_an_hour_and_fifteen_a_day(inside: Client) -> None:
    user, start = make_user(), timezone.now()
    for hour, sent in [(0, 5), (1.1, 10), (2.2, 15), (3.3, 15), (24.1, 20)]:
        with time_machine.travel(start + timedelta(hours=hour)):
            forgot(inside, user.email, 8)
        assert user.mails.count() == sent


def test_the_link_of_the_last_mail_stays_in_force(inside: Client, http: httpx.Client, mails: Server) -> None:
    user = make_user()
    for _ in range(5):
        http.post("/auth/forgot-password", json={"email": user.email})
    last = user.mails.order_by("created_at").last()
    forgot(inside, user.email, 3)
    assert last is not None
    assert User.objects.get(id=user.id).live_link == last.id
    newest = next(mail for mail in mails.mails_to(user.email) if str(last.id) in mail["Message-ID"])
    body = {"token": secret(newest), "password": OTHER}
    assert http.post("/auth/reset-password", json=body).status_code == 200


def test_one_kind_does_not_use_up_another(inside: Client) -> None:
    user = make_user()
    forgot(inside, user.email, 6)
    outbox.add(user, Mail.ALREADY_REGISTERED)
    assert user.mails.filter(kind=Mail.ALREADY_REGISTERED).exists()


def test_what_an_owner_must_know_is_always_sent(inside: Client) -> None:
    user = make_user()
    for _ in range(20):
        outbox.add(user, Mail.PASSWORD_CHANGED)
    assert user.mails.count() == 20


def test_an_address_registered_again_and_again_is_mailed_five_times(inside: Client) -> None:
    email = address()
    for n in range(8):
        body = {"email": email, "password": OTHER}
        answer = inside.post("/auth/register", body, "application/json", REMOTE_ADDR=f"100.73.0.{n}")
        assert answer.status_code == 202
    user = User.objects.get(email=email)
    assert user.mails.count() == 5
    # The password of the last claim is not to be proved by the link of an earlier one.
    assert user.live_link is None
