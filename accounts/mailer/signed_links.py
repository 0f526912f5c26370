"""The secret links in mails: signed, dated, for one purpose, and valid while their mail is the user's latest.

A link names its mail. It works while `User.active_link_id` is that mail, so one use or a later mail ends it. A mail
that is sent twice (its first attempt may have arrived) carries an equally valid link. The database alone, without
`SECRET_KEY`, is not enough to make a link.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet

from accounts.api_base.problem import Problem
from accounts.models import MailKind, OutgoingMail, User

LINK_LIFETIMES = {
    MailKind.VERIFY: timedelta(hours=24),
    MailKind.RESET: timedelta(hours=1),
    MailKind.NEW_EMAIL: timedelta(hours=24),
}
_INVALID_LINK_DETAIL = "This link has been used, has expired, or was replaced by a newer one. Ask for a new one."


def create_secret(mail: OutgoingMail) -> str:
    """Returns the secret of the link in this mail. It is made when the mail is sent, and not stored."""
    return _build_signer(MailKind(mail.kind)).sign(mail.id.hex)


def filter_users(secret: str, *, kind: MailKind) -> QuerySet[User]:
    """Returns a query for the user of this link at the time of the query. Raises Problem `invalid_token`.

    A verification link is for unverified users, the other links are for verified users. The query may find no user.
    """
    mail_id = _verify_secret(secret, kind)
    is_pending = kind == MailKind.VERIFY
    return User.objects.filter(active_link_id=mail_id, is_active=True, email_verified_at__isnull=is_pending)


def load_link_user(secret: str, *, kind: MailKind) -> User:
    """Loads the user of this link and leaves the link valid. Raises Problem `invalid_token`."""
    user = filter_users(secret, kind=kind).first()
    if user is None:
        raise invalid_link_problem()
    return user


def get_mail_recipient(user: User) -> str:
    """Returns the address that the user's active link was mailed to; empty if it is the user's own address."""
    mail = OutgoingMail.objects.filter(id=user.active_link_id).first() if user.active_link_id else None
    return (mail.to if mail else None) or ""


def invalid_link_problem() -> Problem:
    return Problem("invalid_token", _INVALID_LINK_DETAIL)


def _verify_secret(secret: str, kind: MailKind) -> UUID:
    try:
        return UUID(_build_signer(kind).unsign(secret, max_age=LINK_LIFETIMES[kind]))
    except signing.BadSignature:
        raise invalid_link_problem() from None


def _build_signer(kind: MailKind) -> signing.TimestampSigner:
    # Some mail programs end a link at a colon, so the separator is a dot.
    return signing.TimestampSigner(key=settings.SECRET_KEY, sep=".", salt=f"memfog.link.{kind}")
