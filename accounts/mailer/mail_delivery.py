"""Sends what the outbox owes: each mail at most five times, ever more slowly."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from anymail.exceptions import AnymailError
from django.utils import timezone

from accounts.mailer import mail_limits, mail_templates
from accounts.mailer.signed_links import LASTS
from accounts.models import Mail, OutgoingMail

log = logging.getLogger(__name__)

# After the first try, the second, …; after the fifth nothing follows.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (2, 10, 30, 120)]
KEPT_DAYS = 30


def deliver(mail_id: UUID) -> None:
    """Sends this mail if it is due and nobody else is sending it. Trouble with the mail server is noted, not raised."""
    owed = _claim(mail_id)
    if owed is None:
        return
    try:
        mail_templates.send(owed)
    except (SMTPException, OSError, AnymailError) as error:
        _note(owed, last_error=_name(error))
        log.warning("Mail %s, try %d: %s", owed.id, owed.tries, _name(error))
    else:
        _note(owed, sent_at=timezone.now(), next_try_at=None, last_error="")


def _claim(mail_id: UUID) -> OutgoingMail | None:
    """Takes the mail until its next try is due. Whoever dies while sending is followed by that next try."""
    due = OutgoingMail.objects.filter(id=mail_id, next_try_at__lte=timezone.now())
    owed = due.select_related("user").first()
    if owed is None:
        return None
    wanted = _is_wanted(owed)
    again = timezone.now() + BACK_OFF[owed.tries] if wanted and owed.tries < len(BACK_OFF) else None
    # Of two that read the same row, one update meets the number of tries both have seen.
    claimed = due.filter(tries=owed.tries).update(tries=owed.tries + 1, next_try_at=again)
    owed.tries += 1
    return owed if claimed and wanted else None


def _is_wanted(owed: OutgoingMail) -> bool:
    """A link that a later mail has replaced, or that is used, is not sent any more."""
    user = owed.user
    return user is not None and (Mail(owed.kind) not in LASTS or user.live_link == owed.id)


def _note(owed: OutgoingMail, **changes: object) -> None:
    OutgoingMail.objects.filter(id=owed.id).update(**changes)


def _name(error: Exception) -> str:
    code = getattr(error, "smtp_code", None) or getattr(error, "status_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def forget_old() -> None:
    mail_limits.forget_networks()
    OutgoingMail.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
