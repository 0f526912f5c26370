"""The outbox: mail to send, as rows that are written in the transaction of their cause."""

from functools import partial
from uuid import UUID, uuid4

from django.db import transaction

from accounts.mailer import mail_limits, mail_worker
from accounts.mailer.signed_links import LINK_LIFETIMES
from accounts.models import MailKind, OutgoingMail, User


def add(user: User, kind: MailKind, *, to: str | None = None, network_digest: bytes | None = None) -> UUID:
    """Queues a mail of this kind to `user`, or to the address `to`. Call it in the transaction of its cause.

    A mail with a secret link ends the link of every earlier mail. Beyond `accounts.mailer.mail_limits` nothing is sent
    and the link of the last mail stays valid. A user without a mailbox gets no mail. `network_digest` is the network
    that asked. Returns the id of the row.
    """
    if not accepts(user, kind, to=to, network_digest=network_digest):
        return _write_decoy()
    mail = OutgoingMail.objects.create(user=user, kind=kind, to=to, network_digest=network_digest)
    if kind in LINK_LIFETIMES:
        user.active_link_id = mail.id
        user.save(update_fields=["active_link_id"])
    _schedule_on_commit(mail)
    return mail.id


def accepts(user: User, kind: MailKind, *, to: str | None = None, network_digest: bytes | None = None) -> bool:
    """Whether `add` would queue this mail. A caller whose change depends on it checks first, under the user's lock."""
    return bool(to or user.has_mailbox) and mail_limits.is_within_limits(
        user.id, kind, to=to, network_digest=network_digest
    )


def add_decoy() -> None:
    """Does the same work without a recipient, so that the response time reveals nothing about an address."""
    mail_limits.is_within_limits(uuid4(), MailKind.DECOY, to=None, network_digest=None)
    _write_decoy()


def _write_decoy() -> UUID:
    mail = OutgoingMail.objects.create(user=None, kind=MailKind.DECOY)
    User.objects.filter(active_link_id=mail.id).update(active_link_id=None)
    _schedule_on_commit(mail)
    return mail.id


def _schedule_on_commit(mail: OutgoingMail) -> None:
    # Robust: the cause is committed and the scheduled task finds the row, so a broker error must not reach the caller.
    transaction.on_commit(partial(mail_worker.schedule_delivery, mail.id), robust=True)
