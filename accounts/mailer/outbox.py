"""Mail to send, as rows written in the same transaction as their cause."""

from functools import partial
from uuid import uuid4

from django.db import transaction

from accounts.mailer import mail_limits, mail_worker
from accounts.mailer.signed_links import LINK_LIFETIMES
from accounts.models import MailKind, OutgoingMail, User


def add(user: User, kind: MailKind, *, to: str | None = None, network_digest: bytes | None = None) -> None:
    """Owes `user` a mail of this kind, `to` an address other than their own. Call it in the transaction of its cause.

    A mail with a secret link ends the link of every earlier one. Beyond `accounts.mailer.mail_limits` nothing is sent,
    and the link of the last mail stays in force. Nor is anything for who has no mailbox. `network_digest` is who asked.
    """
    if not accepts(user, kind, to=to, network_digest=network_digest):
        _write_decoy()
        return
    mail = OutgoingMail.objects.create(user=user, kind=kind, to=to, network_digest=network_digest)
    if kind in LINK_LIFETIMES:
        user.active_link_id = mail.id
        user.save(update_fields=["active_link_id"])
    _schedule_on_commit(mail)


def accepts(user: User, kind: MailKind, *, to: str | None = None, network_digest: bytes | None = None) -> bool:
    """Whether `add` would send this mail: whoever would change something by it asks first, under the user's lock."""
    return bool(to or user.has_mailbox) and mail_limits.is_within_limits(
        user.id, kind, to=to, network_digest=network_digest
    )


def add_decoy() -> None:
    """The same work for nobody, so that the time an answer takes tells nothing about an address."""
    mail_limits.is_within_limits(uuid4(), MailKind.DECOY, to=None, network_digest=None)
    _write_decoy()


def _write_decoy() -> None:
    mail = OutgoingMail.objects.create(user=None, kind=MailKind.DECOY)
    User.objects.filter(active_link_id=mail.id).update(active_link_id=None)
    _schedule_on_commit(mail)


def _schedule_on_commit(mail: OutgoingMail) -> None:
    # Robust: the cause is committed and the sweep finds the row, so trouble with the broker is not the caller's.
    transaction.on_commit(partial(mail_worker.schedule_delivery, mail.id), robust=True)
