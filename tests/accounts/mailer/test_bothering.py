"""A stranger can neither flood an address with our mail nor lock its owner out."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import httpx
import hypothesis
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import tasks
from accounts.mailer import mail_limits, mail_worker, outbox, signed_links
from accounts.models import MailKind, OutgoingMail, User
from tests.accounts.calls import OTHER, address, login, secret, verify
from tests.people import make_user
from tests.server import Server, wait_for


def forgot(client: Client, email: str, times: int) -> None:
    for n in range(times):
        peer = f"100.72.{n // 250}.{n % 250}"
        answer = client.post("/auth/forgot-password", {"email": email}, "application/json", REMOTE_ADDR=peer)
        assert answer.status_code == 202


def test_from_a_hundred_addresses_of_a_network_five_mails_an_hour_and_after_fifteen_a_day_three(inside: Client) -> None:
    user, start = make_user(), timezone.now()
    for hour, sent in [(0, 5), (1.1, 10), (2.2, 15), (3.3, 18), (4.4, 21), (24.1, 24), (48.2, 29)]:
        with time_machine.travel(start + timedelta(hours=hour)):
            forgot(inside, user.email, 8)
        assert user.mails.count() == sent


def test_the_link_of_the_last_mail_stays_in_force(inside: Client, http: httpx.Client, mails: Server) -> None:
    user = make_user()
    for _ in range(5):
        http.post("/auth/forgot-password", json={"email": user.email})
    last = user.mails.order_by("created_at").last()
    for _ in range(3):
        http.post("/auth/forgot-password", json={"email": user.email})
    assert last is not None
    assert User.objects.get(id=user.id).active_link_id == last.id
    named = str(last.id)
    newest = wait_for(lambda: next((mail for mail in mails.mails() if named in mail["Message-ID"]), None), what="mail")
    assert newest
    body = {"token": secret(newest), "password": OTHER}
    assert http.post("/auth/reset-password", json=body).status_code == 200


def test_one_kind_does_not_use_up_another(inside: Client) -> None:
    user = make_user()
    forgot(inside, user.email, 6)
    outbox.add(user, MailKind.ALREADY_REGISTERED)
    assert user.mails.filter(kind=MailKind.ALREADY_REGISTERED).exists()


def test_what_an_owner_must_know_is_always_sent(inside: Client) -> None:
    user = make_user()
    for _ in range(20):
        outbox.add(user, MailKind.PASSWORD_CHANGED)
    assert user.mails.count() == 20


def test_an_address_registered_again_and_again_is_mailed_five_times(inside: Client) -> None:
    email = address()
    for n in range(8):
        body = {"email": email, "password": OTHER}
        answer = inside.post("/auth/register", body, "application/json", REMOTE_ADDR=f"100.73.0.{n}")
        assert answer.status_code == 202
    user = User.objects.get(email=email)
    assert user.mails.count() == 5
    # The requests that sent no mail changed nothing.
    last = user.mails.order_by("created_at").last()
    assert last is not None
    assert user.active_link_id == last.id


def test_a_stranger_keeps_nobody_from_signing_up(inside: Client, http: httpx.Client) -> None:
    email = address()
    for n in range(9):
        ask(inside, "register", email, f"100.74.0.{n}", password=f"attacker horse {n} x")
    ask(inside, "register", email, "100.75.0.1", password=OTHER)
    user = User.objects.get(email=email)
    assert user.mails.count() == 6
    assert user.check_password(OTHER)
    assert user.active_link_id
    mailed = signed_links.create_secret(user.mails.get(id=user.active_link_id))
    assert verify(http, mailed).status_code == 200
    assert login(http, email, OTHER).status_code == 200


def test_the_last_mailed_link_proves_the_password_it_was_mailed_for(inside: Client) -> None:
    email = address()
    for n in range(5):
        ask(inside, "register", email, "100.76.0.1", password=f"first horse {n} x")
    ask(inside, "register", email, "100.76.0.9", password=OTHER)
    user = User.objects.get(email=email)
    assert user.check_password("first horse 4 x")
    assert user.active_link_id


def test_a_network_has_three_an_hour_of_its_own_and_all_together_twenty(inside: Client) -> None:
    user, start = make_user(), timezone.now()
    with time_machine.travel(start):
        for network, sent in [(1, 5), (2, 8), (3, 11), (4, 14), (5, 17), (6, 20), (7, 20)]:
            for n in range(6):
                ask(inside, "forgot-password", user.email, f"100.77.{network}.{n}")
            assert user.mails.count() == sent
    with time_machine.travel(start + timedelta(hours=1, seconds=1)):
        for n in range(6):
            ask(inside, "forgot-password", user.email, f"100.77.7.{n}")
        assert user.mails.count() == 23


def test_a_network_of_ipv6_is_a_subscriber_s(inside: Client) -> None:
    user = make_user()
    for n in range(12):
        ask(inside, "forgot-password", user.email, f"2001:db8:1:{n:x}::{n:x}")
    assert user.mails.count() == 5
    ask(inside, "forgot-password", user.email, "2001:db8:2::1")
    assert user.mails.count() == 6


def test_after_an_hour_nobody_knows_which_network_asked(inside: Client) -> None:
    user = make_user()
    ask(inside, "forgot-password", user.email, "100.78.0.1")
    kept = user.mails.get().network_digest
    assert kept
    assert b"100.78" not in bytes(kept)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        tasks.deliver_due_mail()
    assert user.mails.get().network_digest is None


# Strangers send requests from the owner's network, too.
OWNERS, NETWORKS = "198.51.100", [f"100.{80 + n}.0" for n in range(8)]
_peers = count()
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["register", "forgot-password"]), st.sampled_from([*NETWORKS, OWNERS]), st.integers(0, 50)
    ),
    max_size=40,
)


@pytest.mark.usefixtures("fast_hashes")
@pytest.mark.parametrize("pending", [True, False])
@hypothesis.settings(max_examples=12, derandomize=True, database=None)
@given(steps=STEPS)
def test_after_any_order_of_strangers_requests_the_owner_has_a_working_link(
    inside: Client,
    monkeypatch: pytest.MonkeyPatch,
    pending: bool,
    steps: list[tuple[str, str, int]],
) -> None:
    """The owner's own request sends a link, or a mail of the last hour has a link that still works."""
    # A thousand mails that nobody reads would keep the worker from the mails of later tests.
    monkeypatch.setattr(mail_worker, "schedule_delivery", lambda mail_id: None)
    user, kind = make_user(verified=not pending), MailKind.VERIFY if pending else MailKind.RESET
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for what, network, minutes in steps:
            clock.shift(timedelta(minutes=minutes))
            ask(inside, what, user.email, f"{network}.{next(_peers) % 250}", password=f"horse {next(_peers)} x")
            is_consistent(user.id)
        lately = user.mails.filter(kind=kind, created_at__gt=timezone.now() - timedelta(hours=1)).count()
        ask(inside, "register" if pending else "forgot-password", user.email, f"{OWNERS}.254", password=OTHER)
        owner = User.objects.get(id=user.id)
        assert owner.active_link_id
        link = user.mails.get(id=owner.active_link_id)
        assert signed_links.load_link_user(signed_links.create_secret(link), kind=kind) == owner
        assert link.created_at > timezone.now() - timedelta(hours=1)
        if lately < mail_limits.MAX_PER_HOUR and OWNERS not in {network for _, network, _ in steps}:
            assert link.created_at == timezone.now()
            assert not pending or owner.check_password(OTHER)


def is_consistent(user_id: UUID) -> None:
    """Asserts that the active link is the link of the newest mail with a link, if there is one."""
    last = OutgoingMail.objects.filter(user_id=user_id, kind__in=signed_links.LINK_LIFETIMES).order_by(
        "created_at", "id"
    )
    live = User.objects.get(id=user_id).active_link_id
    newest = max((mail.created_at for mail in last), default=None)
    assert live in {mail.id for mail in last if mail.created_at == newest} | ({None} if newest is None else set())


def ask(client: Client, what: str, email: str, peer: str, password: str = OTHER) -> None:
    body = {"email": email, "password": password} if what == "register" else {"email": email}
    answer = client.post(f"/auth/{what}", body, "application/json", REMOTE_ADDR=peer)
    assert answer.status_code == 202
