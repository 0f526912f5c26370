"""Sends the deliveries of the outbox: each with several attempts and back-off, until the user has answered."""

import json
import logging
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from accounts.crypto.encryption import DecryptionError
from events.isolation.row_security import acting_for, acting_for_user
from memory.models import Notice, NoticeDelivery, NotificationChannel, ProjectionState
from memory.notifications import channel_messages, notice_mail, notice_settings, outbound_http, web_push
from memory.notifications.channel_messages import JSON_TYPE, Message
from memory.notifications.notice_content import NoticeContent, build_content
from memory.notifications.notice_kinds import ERROR, PERMISSION, QUESTION, TEST
from memory.notifications.notice_outbox import DELIVERED, FAILED, REPEATED, WAITING, WITHDRAWN
from memory.notifications.notice_rules import MINUTE_US
from memory.notifications.notice_settings import MAIL, PUSH, WEBHOOK, now_us

logger = logging.getLogger(__name__)

# Pauses after the first attempt, the second, …; the sixth attempt is the last.
BACK_OFF_US = [round(minutes * MINUTE_US) for minutes in (0.5, 2, 10, 30, 120)]
MAX_FAILURES = 20  # consecutive failures after which the channel is disabled
GONE_STATUSES = frozenset({404, 410})
URGENT_KINDS = (PERMISSION, QUESTION, ERROR)


class Result(NamedTuple):
    """The result of an attempt. `is_final`: another attempt would fail, too; `is_gone`: so would any other message."""

    reason: str = ""  # why it failed; empty if it did not
    status: int = 0
    retry_after_s: int = 0
    is_final: bool = False
    is_gone: bool = False


def deliver(user_id: UUID, delivery_id: UUID) -> None:
    """Sends a delivery if it is due and no other worker sends it. Errors are recorded, not raised."""
    claimed = _claim(user_id, delivery_id)
    if claimed is None:
        return
    delivery, channel, notice = claimed
    with_text = channel.with_text and not delivery.is_withdrawal
    content = build_content(user_id, notice, with_text=with_text, is_withdrawal=delivery.is_withdrawal)
    try:
        result = SENDERS[channel.kind](channel, delivery, content)
    except outbound_http.AddressRefused as error:
        result = Result(str(error), is_final=True)
    except outbound_http.Unreachable as error:
        result = Result(f"No answer ({error}).")
    except DecryptionError:
        result = Result("The stored address can no longer be decrypted. Add the channel again.", is_gone=True)
    _record(user_id, delivery, channel, result)


def _claim(user_id: UUID, delivery_id: UUID) -> tuple[NoticeDelivery, NotificationChannel, Notice] | None:
    """Claims a delivery until its next attempt is due. If this process dies, that attempt still follows."""
    with acting_for(user_id):
        due = NoticeDelivery.objects.for_user(user_id).filter(id=delivery_id, next_attempt_us__lte=now_us())
        delivery = due.first()
        if delivery is None:
            return None
        channel = notice_settings.load_channel(user_id, delivery.channel_id)
        notice = Notice.objects.for_user(user_id).filter(id=delivery.notice_id).first()
        if channel is None or notice is None or not channel.enabled or not _is_wanted(delivery, notice):
            due.update(outcome=WITHDRAWN, next_attempt_us=None, done_us=now_us())
            return None
        pause_us = BACK_OFF_US[min(delivery.attempts, len(BACK_OFF_US) - 1)]
        # Optimistic lock on `attempts`: if two workers read the same row, only one update matches.
        values = {"attempts": delivery.attempts + 1, "next_attempt_us": now_us() + pause_us}
        if not due.filter(attempts=delivery.attempts).update(**values):
            return None
    delivery.attempts += 1
    return delivery, channel, notice


def _is_wanted(delivery: NoticeDelivery, notice: Notice) -> bool:
    """Whether to send it: a session whose user has answered needs no notice."""
    is_asked_for = delivery.outcome == REPEATED or notice.kind == TEST
    return is_asked_for or delivery.is_withdrawal or notice.ended_us is None


def _send_push(channel: NotificationChannel, delivery: NoticeDelivery, content: NoticeContent) -> Result:
    if not web_push.is_offered():
        return Result("This server no longer offers push messages.", is_final=True)
    target = notice_settings.load_target(channel)
    payload = {
        "title": content.headline,
        "body": "\n".join(filter(None, (content.title, content.text))),
        "tag": str(content.notice_id),
        "path": content.path,
        "withdrawn": content.is_withdrawal,
    }
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    topic = content.notice_id.hex
    is_urgent = content.kind in URGENT_KINDS and not content.is_withdrawal
    message = web_push.build_push(target, body, topic=topic, is_urgent=is_urgent)
    result = _post(message, allow_private=settings.PUSH_TO_LOOPBACK)
    if result.status in GONE_STATUSES:
        return result._replace(reason="The browser ended this subscription.", is_gone=True)
    return result


def _send_webhook(channel: NotificationChannel, delivery: NoticeDelivery, content: NoticeContent) -> Result:
    target = notice_settings.load_target(channel)
    id_ = f"msg_{delivery.id.hex}"
    message = channel_messages.build_message(channel.format, content, target, id=id_, at_s=now_us() // 1_000_000)
    message.headers.setdefault("content-type", JSON_TYPE)
    result = _post(message, allow_private=channel.allows_private and settings.LOCAL)
    return result._replace(is_gone=True) if result.status == 410 else result


def _post(message: Message, *, allow_private: bool) -> Result:
    reply = outbound_http.post(message.url, message.body, message.headers, allow_private=allow_private)
    if 200 <= reply.status < 300:
        return Result(status=reply.status)
    if 300 <= reply.status < 400:
        return Result("It redirects. Enter the address that it leads to.", reply.status, is_final=True)
    is_final = 400 <= reply.status < 500 and reply.status not in (408, 425, 429)
    return Result(f"It answered {reply.status}.", reply.status, reply.retry_after_s, is_final)


def _send_mail(channel: NotificationChannel, delivery: NoticeDelivery, content: NoticeContent) -> Result:
    if notice_mail.queue_mail(channel.user_id, delivery):
        return Result()
    return Result("Your account has no mailbox.", is_gone=True)


SENDERS: dict[str, Callable[[NotificationChannel, NoticeDelivery, NoticeContent], Result]] = {
    PUSH: _send_push,
    WEBHOOK: _send_webhook,
    MAIL: _send_mail,
}


@acting_for_user
def _record(user_id: UUID, delivery: NoticeDelivery, channel: NotificationChannel, result: Result) -> None:
    now = now_us()
    is_over = not result.reason or result.is_final or result.is_gone or delivery.attempts > len(BACK_OFF_US)
    outcome = (FAILED if is_over else WAITING) if result.reason else DELIVERED
    values = {"outcome": outcome, "status": result.status, "failure_reason": result.reason}
    pause_us = max(BACK_OFF_US[min(delivery.attempts, len(BACK_OFF_US)) - 1], result.retry_after_s * 1_000_000)
    times = {"next_attempt_us": None, "done_us": now} if is_over else {"next_attempt_us": now + pause_us}
    NoticeDelivery.objects.for_user(user_id).filter(id=delivery.id).update(**values, **times)
    if not is_over:
        states = ProjectionState.objects.filter(user_id=user_id, notices_due_us__gt=now + pause_us)
        states.update(notices_due_us=now + pause_us)
    _record_health(user_id, channel, result, now)


def _record_health(user_id: UUID, channel: NotificationChannel, result: Result, now: int) -> None:
    """Records the result of the attempt at the channel; a channel that is gone or fails repeatedly is disabled."""
    rows = NotificationChannel.objects.for_user(user_id).filter(id=channel.id)
    if not result.reason:
        rows.update(failures=0, last_error="", last_sent_us=now)
        return
    failures = channel.failures + 1
    is_disabled = result.is_gone or failures >= MAX_FAILURES
    rows.update(failures=failures, last_error=result.reason, enabled=not is_disabled)
    logger.info("a notice was not delivered: %s %d", channel.kind, result.status)
