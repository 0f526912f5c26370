"""The secret links in mails: signed, dated, for one purpose, and good while their mail is the user's latest.

A link names the mail it stands in. It works while `User.live_link` is that mail, so using it once, or causing a
later mail, ends it; a mail that is sent twice (its first try may have arrived) carries a link as good as before.
The database alone, without `SECRET_KEY`, makes no link.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet

from accounts.api_base.problem import Problem
from accounts.models import Mail, OutgoingMail, User

LASTS = {Mail.VERIFY: timedelta(hours=24), Mail.RESET: timedelta(hours=1), Mail.NEW_EMAIL: timedelta(hours=24)}
_WRONG = "This link has been used, has expired, or was replaced by a newer one. Ask for a new one."


def write(mail: OutgoingMail) -> str:
    """The secret of the link in this mail. Made when the mail is sent, kept nowhere."""
    return _signer(Mail(mail.kind)).sign(mail.id.hex)


def claimants(secret: str, *, kind: Mail) -> QuerySet[User]:
    """The one user whom this link serves when the query runs, or none. Raises Problem `invalid_token`.

    A link to verify is for the pending, the others are for the verified.
    """
    mail_id = _open(secret, kind)
    pending = kind == Mail.VERIFY
    return User.objects.filter(live_link=mail_id, is_active=True, email_verified_at__isnull=pending)


def holder(secret: str, *, kind: Mail) -> User:
    """Whose link this is, without spending it. Raises Problem `invalid_token`."""
    user = claimants(secret, kind=kind).first()
    if user is None:
        raise wrong()
    return user


def mailed_to(user: User) -> str:
    """The address that the mail with the live link of this user went to, if not to their own; else nothing."""
    mail = OutgoingMail.objects.filter(id=user.live_link).first() if user.live_link else None
    return (mail.to if mail else None) or ""


def wrong() -> Problem:
    return Problem("invalid_token", _WRONG)


def _open(secret: str, kind: Mail) -> UUID:
    try:
        return UUID(_signer(kind).unsign(secret, max_age=LASTS[kind]))
    except signing.BadSignature:
        raise wrong() from None


def _signer(kind: Mail) -> signing.TimestampSigner:
    # A dot keeps the link whole where a mail program ends a link at a colon.
    return signing.TimestampSigner(key=settings.SECRET_KEY, sep=".", salt=f"memfog.link.{kind}")
