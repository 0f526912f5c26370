"""Notices by mail, through the outbox of `accounts.mailer`: at once, or those of a day together.

A row of that outbox holds no text. The text is built when the mail is sent: it leaves out sessions whose user has
answered, and an empty mail is not sent.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.mailer import outbox
from accounts.models import MailKind, OutgoingMail, User
from events.isolation.row_security import acting_for, acting_for_user
from memory.models import Notice, NoticeDelivery, NotificationChannel
from memory.notifications import notice_settings
from memory.notifications.notice_content import NoticeContent, build_content
from memory.notifications.notice_kinds import TEST
from memory.notifications.notice_rules import MINUTES_PER_DAY, Rules, find_next_digest_us
from memory.notifications.notice_settings import DAILY

MAX_NOTICES = 50  # in one mail
DAY_US = MINUTES_PER_DAY * 60_000_000


def queue_mail(user_id: UUID, delivery: NoticeDelivery) -> bool:
    """Gives a notice to the outbox of mail; returns False if the user has no mailbox."""
    user = User.objects.filter(id=user_id).first()
    if user is None or not user.has_mailbox:
        return False
    with acting_for(user_id), transaction.atomic():
        mail_id = outbox.add(user, MailKind.NOTICE)
        NoticeDelivery.objects.for_user(user_id).filter(id=delivery.id).update(mail_id=mail_id)
    return True


def queue_due_digests(user_id: UUID, rules: Rules, channels: list[NotificationChannel], now: int) -> None:
    """Gives the digest of the last day to the outbox of mail, once a day."""
    for channel in channels:
        last_us = channel.last_sent_us or channel.created_us
        if channel.format == DAILY and find_next_digest_us(last_us, rules.zone) <= now:
            _queue_digest(user_id, channel, now)


def _queue_digest(user_id: UUID, channel: NotificationChannel, now: int) -> None:
    user = User.objects.filter(id=user_id).first()
    with acting_for(user_id), transaction.atomic():
        claimed = NotificationChannel.objects.for_user(user_id).filter(id=channel.id, last_sent_us=channel.last_sent_us)
        if claimed.update(last_sent_us=now) and user is not None and user.has_mailbox:
            outbox.add(user, MailKind.NOTICE_DIGEST)


def build_mail_context(mail: OutgoingMail) -> dict[str, Any] | None:
    """Builds the text of a mail of notices; None if it would be empty. `accounts.mailer` calls it."""
    if mail.user_id is None:
        return None
    contents = _LOADERS[MailKind(mail.kind)](mail.user_id, mail)
    if not contents:
        return None
    # In a list of mails, the name of what waits helps more than the fact that something waits.
    subject = {"subject": _make_subject(contents)} if mail.kind == MailKind.NOTICE else {}
    return {"notices": contents, **subject}


def _make_subject(contents: list[NoticeContent]) -> str:
    if contents[0].kind == TEST:
        return contents[0].title
    more = len(contents) - 1
    return f"{contents[0].headline} and {more} more" if more else contents[0].headline


@acting_for_user
def _load_now(user_id: UUID, mail: OutgoingMail) -> list[NoticeContent]:
    deliveries = NoticeDelivery.objects.for_user(user_id).filter(mail_id=mail.id)
    channels = dict(deliveries.values_list("notice_id", "channel_id"))
    notices = list(Notice.objects.for_user(user_id).filter(id__in=list(channels)).order_by("since_us", "id"))
    open_notices = [notice for notice in notices if notice.ended_us is None or notice.kind == TEST]
    return _build_contents(user_id, open_notices, channels)


@acting_for_user
def _load_day(user_id: UUID, mail: OutgoingMail) -> list[NoticeContent]:
    until_us = round(mail.created_at.timestamp() * 1_000_000)
    channel = next((one for one in notice_settings.list_channels(user_id) if one.format == DAILY), None)
    if channel is None:
        return []
    rows = Notice.objects.for_user(user_id).filter(dispatched_us__gt=until_us - DAY_US, dispatched_us__lte=until_us)
    notices = list(rows.filter(kind__in=channel.notice_kinds.split()).order_by("-since_us", "id")[:MAX_NOTICES])
    return _build_contents(user_id, notices, dict.fromkeys([notice.id for notice in notices], channel.id))


def _build_contents(user_id: UUID, notices: list[Notice], channels: dict[UUID, UUID]) -> list[NoticeContent]:
    with_text = {channel.id: channel.with_text for channel in notice_settings.list_channels(user_id)}
    return [build_content(user_id, notice, with_text=with_text.get(channels[notice.id], False)) for notice in notices]


_LOADERS: dict[MailKind, Callable[[UUID, OutgoingMail], list[NoticeContent]]] = {
    MailKind.NOTICE: _load_now,
    MailKind.NOTICE_DIGEST: _load_day,
}
