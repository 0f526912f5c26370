"""The outbox sends each mail once, with at most five attempts, whatever the mail server does."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import httpx
import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from django.conf import LazySettings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.mailer import mail_delivery, mail_worker, outbox
from accounts.models import MailKind, OutgoingMail, User
from tests.accounts.calls import address, register
from tests.environment import free_port
from tests.people import make_user
from tests.server import Server, wait_for


class Inbox(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.received: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.received.append(message_from_bytes(message.as_bytes()))


pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def inbox(settings: LazySettings) -> Iterator[Inbox]:
    """A real mail server, to which this process sends its mail."""
    inbox = Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    use_smtp(settings, port)
    yield inbox
    controller.stop()


def use_smtp(settings: LazySettings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5


def owed(user: User | None = None, kind: MailKind = MailKind.PASSWORD_CHANGED, **over: Any) -> OutgoingMail:
    """Creates an outgoing mail without starting its delivery."""
    return OutgoingMail.objects.create(user=user or make_user(), kind=kind, **over)


def fresh(mail: OutgoingMail) -> OutgoingMail:
    mail.refresh_from_db()
    return mail


def test_a_mail_is_sent_once(inbox: Inbox) -> None:
    mail = owed()
    for _ in range(3):
        mail_delivery.deliver(mail.id)
    assert [message["To"] for message in inbox.received] == [str(mail.user)]
    assert inbox.received[0]["Message-ID"] == f"<{mail.id}@127.0.0.1>"
    assert (fresh(mail).attempts, mail.next_attempt_at, mail.last_error) == (1, None, "")
    assert mail.sent_at is not None


def test_two_senders_at_once_send_once(inbox: Inbox) -> None:
    mail = owed()

    def send(_: int) -> None:
        mail_delivery.deliver(mail.id)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(8)))
    assert len(inbox.received) == 1


def test_a_failing_mail_server_is_tried_five_times_ever_more_slowly(settings: LazySettings) -> None:
    use_smtp(settings, 1)  # refuses connections
    mail, waits = owed(), []
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        while (due := fresh(mail).next_attempt_at) is not None:
            waits.append(due - timezone.now())
            clock.move_to(due)
            mail_delivery.deliver(mail.id)
    assert mail.attempts == 5
    assert mail.sent_at is None
    assert mail.last_error.startswith("ConnectionRefusedError")
    assert waits[1:] == sorted(set(waits[1:]))
    assert len(waits) == 5


def test_a_mail_is_not_tried_before_its_time(settings: LazySettings, inbox: Inbox) -> None:
    mail = owed(next_attempt_at=timezone.now() + timedelta(minutes=1))
    mail_delivery.deliver(mail.id)
    assert inbox.received == []
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        mail_delivery.deliver(mail.id)
    assert len(inbox.received) == 1


def test_an_error_is_noted_without_its_text(settings: LazySettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as refusing, ThreadPoolExecutor(1) as pool:
        use_smtp(settings, refusing.getsockname()[1])

        def refuse() -> None:
            peer, _ = refusing.accept()
            with peer:
                peer.sendall(b"554 we know alice@example.com and do not want you\r\n")
                peer.recv(100)

        done = pool.submit(refuse)
        mail = owed()
        mail_delivery.deliver(mail.id)
        done.result(10)
    assert fresh(mail).last_error == "SMTPConnectError 554"


def test_a_replaced_link_is_not_sent(inbox: Inbox) -> None:
    user = make_user()
    first, second = owed(user, MailKind.RESET), owed(user, MailKind.RESET)
    User.objects.filter(id=user.id).update(active_link_id=second.id)
    for mail in (first, second):
        mail_delivery.deliver(mail.id)
    assert [message["Message-ID"] for message in inbox.received] == [f"<{second.id}@127.0.0.1>"]
    assert fresh(first).next_attempt_at is None


def test_a_mail_whose_cause_is_rolled_back_is_not_owed() -> None:
    user = make_user()

    class ChangedMind(Exception):
        pass

    def change_mind() -> None:
        outbox.add(user, MailKind.RESET)
        raise ChangedMind

    with pytest.raises(ChangedMind), transaction.atomic():
        change_mind()
    assert not user.mails.exists()


def test_the_sweep_sends_what_a_killed_process_left(by_postman: None, inbox: Inbox) -> None:
    mail = owed()
    tasks.deliver_due_mail()
    wait_for(lambda: fresh(mail).sent_at, what="the mail")
    # The delivery sends mails of other tests, too.
    assert [message["To"] for message in inbox.received].count(str(mail.user)) == 1


def test_the_sweep_forgets_old_mail() -> None:
    old = owed(created_at=timezone.now() - timedelta(days=31), next_attempt_at=None)
    young = owed(next_attempt_at=None)
    tasks.deliver_due_mail()
    assert set(OutgoingMail.objects.filter(id__in=[old.id, young.id])) == {young}


def test_a_hanging_mail_server_slows_no_answer(by_postman: None, inside: Client, settings: LazySettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_smtp(settings, silent.getsockname()[1])
        settings.EMAIL_TIMEOUT = 3
        user, started = make_user(), time.monotonic()
        answers = [inside.post("/auth/forgot-password", {"email": user.email}, "application/json") for _ in range(3)]
        assert time.monotonic() - started < 2.5
        assert {answer.status_code for answer in answers} == {202}
        # The third request has replaced the first two mails. Delivery attempts only the third.
        wait_for(lambda: user.mails.exclude(last_error="").exists(), what="an attempt")
        wait_for(lambda: not user.mails.filter(attempts=0).exists(), what="the end of all three mails")


def test_a_failing_mail_server_fails_no_request(by_postman: None, inside: Client, settings: LazySettings) -> None:
    use_smtp(settings, 1)
    email = address()
    body = {"email": email, "password": "correct horse battery staple"}
    assert inside.post("/auth/register", body, "application/json").status_code == 202
    wait_for(lambda: OutgoingMail.objects.filter(user__email=email).exclude(last_error="").exists())


def test_a_broker_that_is_down_fails_no_request(inside: Client, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    email = address()
    body = {"email": email, "password": "correct horse battery staple"}
    assert inside.post("/auth/register", body, "application/json").status_code == 202
    assert OutgoingMail.objects.filter(user__email=email).exists()


def test_a_deleted_account_is_mailed_nothing(http: httpx.Client, inbox: Inbox, mails: Server) -> None:
    email = address()
    register(http, email)
    mails.mails_to(email)
    mail = owed(User.objects.get(email=email))
    User.objects.get(email=email).delete()
    mail_delivery.deliver(mail.id)
    # The worker of an earlier test may still deliver to others.
    assert [one for one in inbox.received if email in one["To"]] == []


def test_one_mail_that_cannot_be_made_does_not_stop_the_others(by_postman: None, inbox: Inbox) -> None:
    broken, good = owed(), owed()
    OutgoingMail.objects.filter(id=broken.id).update(kind="unheard of")
    mail_worker.schedule_delivery(broken.id)
    mail_worker.schedule_delivery(good.id)
    wait_for(lambda: fresh(good).sent_at, what="the mail")
    broken.delete()
