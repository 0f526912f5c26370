"""No mail is lost when the worker, Redis or the mail server fails. All three are real."""

import asyncio
import base64
import email
import email.policy
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone
from redis import Redis

from accounts.mailer.mail_delivery import RETRY_DELAYS
from accounts.models import OutgoingMail, User
from memfog.celery import app
from tests.accounts.calls import OTHER, address, register, secret
from tests.accounts.phones import sign_in_operator
from tests.environment import free_port
from tests.people import make_user
from tests.server import Server, wait_for

pytestmark = pytest.mark.redis


class Postbox:
    """A mail server that can hang in the middle of a mail, or reject mails."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.answer = "250 OK"
        self.hangs = threading.Event()
        self.reached = threading.Event()
        self.port = free_port()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.reached.set()
        while self.hangs.is_set():
            await asyncio.sleep(0.02)
        if self.answer.startswith("250"):
            self.received.append(_message(envelope))
        return self.answer

    def to(self, address: str) -> list[Message]:
        return [message for message in self.received if address in str(message["To"])]


def _message(envelope: Envelope) -> Message:
    return email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    box.hangs.clear()
    controller.stop()


def _spare_redis() -> str:
    """Returns the URL of an empty database of the same Redis. The shared worker must not send these mails."""
    url = urlsplit(os.environ["REDIS_URL"])
    for number in range(1, 16):
        spare = urlunsplit(url._replace(path=f"/{number}"))
        with Redis.from_url(spare) as redis:
            if url.path != f"/{number}" and not redis.dbsize():
                return spare
    raise AssertionError("no empty database in this Redis")


@pytest.fixture
def office(postbox: Postbox) -> Iterator[Server]:
    """A server that sends mail to the postbox. The test starts its worker."""
    redis = _spare_redis()
    url = f"smtp://127.0.0.1:{postbox.port}"
    running = Server(free_port(), REDIS_URL=redis, EMAIL_URL=url, RATE_EXEMPT_IPS="127.0.0.1").start()
    yield running
    running.stop()
    Redis.from_url(redis).flushdb()


def kill(server: Server) -> None:
    worker = server.processes.pop()
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def sweep(server: Server, user: User) -> None:
    """Runs the scheduled delivery of mail, as if the pause after a failed attempt had passed."""
    user.mails.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())
    with app.connection_for_write(server.environment["REDIS_URL"]) as broker:
        app.send_task("accounts.tasks.deliver_due_mail", connection=broker)


def state(mail: OutgoingMail) -> tuple[int, str]:
    mail.refresh_from_db()
    return mail.attempts, mail.last_error


def forgot(server: Server, user: User) -> OutgoingMail:
    assert httpx.post(f"{server.url}/auth/forgot-password", json={"email": user.email}).status_code == 202
    return user.mails.get()


def test_a_mail_goes_out_by_the_worker(office: Server, postbox: Postbox) -> None:
    office.start_worker()
    user = make_user()
    mail = forgot(office, user)
    wait_for(lambda: postbox.to(user.email), what="the mail")
    wait_for(lambda: OutgoingMail.objects.get(id=mail.id).sent_at, what="the time of sending in the row")


def test_a_worker_killed_in_the_middle_of_a_mail_loses_none(office: Server, postbox: Postbox) -> None:
    office.start_worker()
    postbox.hangs.set()
    user = make_user()
    mail = forgot(office, user)
    assert postbox.reached.wait(30)
    kill(office)
    postbox.hangs.clear()
    mail.refresh_from_db()
    assert (mail.attempts, mail.sent_at) == (1, None)
    assert mail.next_attempt_at is not None
    assert mail.next_attempt_at < timezone.now() + RETRY_DELAYS[0]
    before = len(postbox.to(user.email))
    office.start_worker()
    sweep(office, user)
    wait_for(lambda: OutgoingMail.objects.get(id=mail.id).sent_at, what="the second attempt")
    received = postbox.to(user.email)
    assert len(received) == before + 1
    # Both copies have the same message id, so that the receiver sees one mail. Its link works.
    assert {message["Message-ID"] for message in received} == {f"<{mail.id}@127.0.0.1>"}
    body = {"token": secret(received[-1]), "password": OTHER}  # type: ignore[arg-type]
    assert httpx.post(f"{office.url}/auth/reset-password", json=body).status_code == 200


def test_mail_that_is_asked_for_without_a_worker_waits_for_one(office: Server, postbox: Postbox) -> None:
    user = make_user()
    forgot(office, user)
    office.start_worker()
    wait_for(lambda: postbox.to(user.email), what="the mail")


def test_mail_that_the_broker_forgot_is_found_by_the_sweep(office: Server, postbox: Postbox) -> None:
    user = make_user()
    forgot(office, user)
    Redis.from_url(office.environment["REDIS_URL"]).flushdb()
    office.start_worker()
    sweep(office, user)
    wait_for(lambda: postbox.to(user.email), what="the mail")


def test_after_five_tries_operators_see_it(office: Server, postbox: Postbox, http: httpx.Client) -> None:
    postbox.answer = "451 not now"
    office.start_worker()
    user = make_user()
    mail = forgot(office, user)
    for tries in range(1, 6):
        wait_for(lambda tries=tries: state(mail) == (tries, "SMTPDataError 451"), what=f"try {tries}")  # type: ignore[misc]
        due = OutgoingMail.objects.get(id=mail.id).next_attempt_at
        assert (due is None) == (tries == 5)
        assert due is None or due - timezone.now() > RETRY_DELAYS[tries - 1] - timedelta(seconds=30)
        sweep(office, user)
    sign_in_operator(http)
    shown = http.get("/admin/accounts/outgoingmail/", params={"outcome": "given_up", "q": user.email}).text
    assert "SMTPDataError 451" in shown


def test_what_waits_in_the_broker_names_no_one(office: Server) -> None:
    """The arguments of a queued task hold no credential and no address."""
    asked = address()
    with httpx.Client(base_url=office.url, verify=False) as http:
        register(http, asked)
    user = User.objects.get(email=asked)
    [message] = Redis.from_url(office.environment["REDIS_URL"]).lrange("celery", 0, -1)
    [mail] = user.mails.all()
    envelope = bytes(message)  # type: ignore[arg-type]  # this client returns bytes
    body = base64.b64decode(json.loads(envelope)["body"])
    assert str(mail.id).encode() in body
    for private in (asked, "mfg_", "horse"):
        assert private.encode() not in envelope + body
