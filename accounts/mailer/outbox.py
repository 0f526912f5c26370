"""Mail to send, as rows written in the same transaction as their cause."""

from functools import partial
from uuid import uuid4

from django.db import transaction

from accounts.mailer import mail_limits, mail_worker
from accounts.mailer.signed_links import LASTS
from accounts.models import Mail, OutgoingMail, User


def add(user: User, kind: Mail, *, to: str | None = None, network: bytes | None = None) -> None:
    """Owes `user` a mail of this kind, `to` an address other than their own. Call it in the transaction of its cause.

    A mail with a secret link ends the link of every earlier one. Beyond `accounts.mailer.mail_limits` nothing is sent,
    and the link of the last mail stays in force. Nor is anything for who has no mailbox. `network` is who asked.
    """
    if not takes(user, kind, to=to, network=network):
        _write_nothing()
        return
    mail = OutgoingMail.objects.create(user=user, kind=kind, to=to, network=network)
    if kind in LASTS:
        user.live_link = mail.id
        user.save(update_fields=["live_link"])
    _wake_on_commit(mail)


def takes(user: User, kind: Mail, *, to: str | None = None, network: bytes | None = None) -> bool:
    """Whether `add` would send this mail: whoever would change something by it asks first, under the user's lock."""
    return bool(to or user.has_mailbox) and mail_limits.has_room(user.id, kind, to=to, network=network)


def add_nothing() -> None:
    """The same work for nobody, so that the time an answer takes tells nothing about an address."""
    mail_limits.has_room(uuid4(), Mail.NOTHING, to=None, network=None)
    _write_nothing()


def _write_nothing() -> None:
    mail = OutgoingMail.objects.create(user=None, kind=Mail.NOTHING)
    User.objects.filter(live_link=mail.id).update(live_link=None)
    _wake_on_commit(mail)


def _wake_on_commit(mail: OutgoingMail) -> None:
    # Robust: the cause is committed and the sweep finds the row, so trouble with the broker is not the caller's.
    transaction.on_commit(partial(mail_worker.wake, mail.id), robust=True)
