"""The secret links in mails: signed, dated, for one purpose, and good while their mail is the user's latest.

A link names the mail it stands in. It works while `User.active_link_id` is that mail, so using it once, or causing a
later mail, ends it; a mail that is sent twice (its first try may have arrived) carries a link as good as before.
The database alone, without `SECRET_KEY`, makes no link.
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
    """The secret of the link in this mail. Made when the mail is sent, kept nowhere."""
    return _build_signer(MailKind(mail.kind)).sign(mail.id.hex)


def filter_users(secret: str, *, kind: MailKind) -> QuerySet[User]:
    """The one user whom this link serves when the query runs, or none. Raises Problem `invalid_token`.

    A link to verify is for the pending, the others are for the verified.
    """
    mail_id = _verify_secret(secret, kind)
    is_pending = kind == MailKind.VERIFY
    return User.objects.filter(active_link_id=mail_id, is_active=True, email_verified_at__isnull=is_pending)


def load_link_user(secret: str, *, kind: MailKind) -> User:
    """Whose link this is, without spending it. Raises Problem `invalid_token`."""
    user = filter_users(secret, kind=kind).first()
    if user is None:
        raise invalid_link_problem()
    return user


def get_mail_recipient(user: User) -> str:
    """The address that the mail with the live link of this user went to, if not to their own; else nothing."""
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
    # A dot keeps the link whole where a mail program ends a link at a colon.
    return signing.TimestampSigner(key=settings.SECRET_KEY, sep=".", salt=f"memfog.link.{kind}")
