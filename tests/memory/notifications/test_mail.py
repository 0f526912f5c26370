"""Notices by mail: at once, or those of a day together; what was answered is not in it."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts.mailer import mail_templates, outbox
from accounts.models import MailKind, OutgoingMail
from events.isolation.row_security import acting_for
from memory.models import NotificationChannel
from memory.notifications import notice_mail, notice_outbox, notice_settings
from memory.notifications.notice_kinds import KIND_LABELS
from memory.notifications.notice_settings import now_us
from memory.projection import projector
from memory.tasks import send_due_notices
from tests.accounts.calls import html, text
from tests.memory.notifications.now import answers, asks
from tests.people import Person
from tests.server import Server, wait_for


def add_mail(user_id: UUID, format: str, *, with_text: bool = False) -> UUID:
    channel_id = notice_settings.add_channel(user_id, "mail", "Mail", {}, format=format)
    notice_settings.change_channel(user_id, channel_id, notice_kinds=KIND_LABELS, with_text=with_text, enabled=True)
    return channel_id


def outgoing(person: Person) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(user_id=person.id, kind__in=(MailKind.NOTICE, MailKind.NOTICE_DIGEST)))


def test_a_mail_at_once_names_the_session_and_leads_to_it(server: Server, alice: Person) -> None:
    add_mail(alice.id, "now")
    alice.push(*asks())
    mail = server.mails_to(alice.user.email)[0]
    assert mail["Subject"] == "Needs permission: engine"
    for body in (text(mail), html(mail)):
        assert "Needs permission: engine" in body
        assert "Roll it out" in body
        assert "/sessions/s1" in body
        assert " UTC" in body
        assert "/settings/notifications" in body
        assert "terraform" not in body


def test_a_mail_says_more_where_its_user_wants_it(server: Server, alice: Person) -> None:
    add_mail(alice.id, "now", with_text=True)
    alice.push(*asks())
    assert "terraform" in text(server.mails_to(alice.user.email)[0])


def test_a_mail_that_would_say_nothing_any_more_is_not_sent(alice: Person) -> None:
    add_mail(alice.id, "now")
    alice.push(*asks())
    mail = wait_for(lambda: outgoing(alice))[0]
    wait_for(lambda: notice_mail.build_mail_context(mail))
    alice.push(*answers())
    projector.catch_up(alice.id)
    notice_outbox.update_notices(alice.id)
    assert mail_templates.load_context(mail) is None
    mail_templates.send_mail(mail)


def make_digest_due(person: Person, channel_id: UUID) -> None:
    with acting_for(person.id):
        rows = NotificationChannel.objects.for_user(person.id).filter(id=channel_id)
        rows.update(last_sent_us=now_us() - 2 * notice_outbox.DAY_US)
    notice_settings.save_rules(person.id, notice_settings.load_rules(person.id))


def test_a_digest_has_the_notices_of_the_day(alice: Person) -> None:
    channel_id = add_mail(alice.id, "daily")
    alice.push(*asks(), *asks(session="s2"))
    projector.catch_up(alice.id)
    notice_outbox.update_notices(alice.id)
    make_digest_due(alice, channel_id)
    send_due_notices()
    send_due_notices()
    (mail,) = outgoing(alice)
    message = mail_templates.render_mail(mail, alice.user, mail_templates.load_context(mail) or {})
    assert message.subject == "Sessions that waited for you in the last day"
    assert str(message.body).count("Needs permission: engine") == 2


def test_a_day_without_notices_has_no_mail(alice: Person) -> None:
    channel_id = add_mail(alice.id, "daily")
    make_digest_due(alice, channel_id)
    send_due_notices()
    (mail,) = outgoing(alice)
    assert mail_templates.load_context(mail) is None


def test_a_mail_of_the_account_has_no_context(alice: Person) -> None:
    mail_id = outbox.add(alice.user, MailKind.PASSWORD_CHANGED)
    mail = OutgoingMail.objects.get(id=mail_id)
    assert mail_templates.load_context(mail) == {}
    assert mail.created_at > timezone.now() - timedelta(minutes=5)
