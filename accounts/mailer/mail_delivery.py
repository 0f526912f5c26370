"""Delivers the mails of the outbox: each with at most five attempts and back-off."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from anymail.exceptions import AnymailError
from django.utils import timezone

from accounts.mailer import mail_limits, mail_templates
from accounts.mailer.signed_links import LINK_LIFETIMES
from accounts.models import MailKind, OutgoingMail

log = logging.getLogger(__name__)

# After the first attempt, the second, …; after the fifth there is no other attempt.
RETRY_DELAYS = [timedelta(minutes=minutes) for minutes in (2, 10, 30, 120)]
RETENTION_DAYS = 30


def deliver(mail_id: UUID) -> None:
    """Sends this mail if it is due and no other worker sends it. Errors of the mail server are recorded, not raised."""
    mail = _claim(mail_id)
    if mail is None:
        return
    try:
        mail_templates.send_mail(mail)
    except (SMTPException, OSError, AnymailError) as error:
        _update_mail(mail, last_error=_format_error(error))
        log.warning("Mail %s, attempt %d: %s", mail.id, mail.attempts, _format_error(error))
    else:
        _update_mail(mail, sent_at=timezone.now(), next_attempt_at=None, last_error="")


def _claim(mail_id: UUID) -> OutgoingMail | None:
    """Claims the mail until its next attempt is due. If this process dies, that attempt still follows."""
    due = OutgoingMail.objects.filter(id=mail_id, next_attempt_at__lte=timezone.now())
    mail = due.select_related("user").first()
    if mail is None:
        return None
    is_wanted = _is_wanted(mail)
    next_attempt_at = (
        timezone.now() + RETRY_DELAYS[mail.attempts] if is_wanted and mail.attempts < len(RETRY_DELAYS) else None
    )
    # Optimistic lock on `attempts`: if two workers read the same row, only one update matches.
    is_claimed = due.filter(attempts=mail.attempts).update(attempts=mail.attempts + 1, next_attempt_at=next_attempt_at)
    mail.attempts += 1
    return mail if is_claimed and is_wanted else None


def _is_wanted(mail: OutgoingMail) -> bool:
    """Whether to send the mail: a link that was used, or that a later mail replaced, is not sent."""
    user = mail.user
    return user is not None and (MailKind(mail.kind) not in LINK_LIFETIMES or user.active_link_id == mail.id)


def _update_mail(mail: OutgoingMail, **changes: object) -> None:
    OutgoingMail.objects.filter(id=mail.id).update(**changes)


def _format_error(error: Exception) -> str:
    code = getattr(error, "smtp_code", None) or getattr(error, "status_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def delete_old_mails() -> None:
    mail_limits.clear_networks()
    OutgoingMail.objects.filter(created_at__lt=timezone.now() - timedelta(days=RETENTION_DAYS)).delete()
