"""Mail to send, as rows written in the same transaction as their cause."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import tasks
from accounts.links import LASTS
from accounts.models import Mail, OutgoingMail, User

# What a stranger can have sent to an address, and how many of each kind that may be. The others an owner causes.
STRANGERS = {Mail.VERIFY, Mail.ALREADY_REGISTERED, Mail.RESET, Mail.NEW_EMAIL, Mail.NEW_SIGN_IN}
MOST = {timedelta(hours=1): 5, timedelta(days=1): 15}


def add(user: User, kind: Mail, *, to: str | None = None) -> None:
    """Owes `user` a mail of this kind, `to` an address other than their own. Call it in the transaction of its cause.

    A mail with a secret link ends the link of every earlier one. Beyond what an address is to be bothered with
    nothing is sent, and the link of the last mail stays in force. Nor is anything for who has no mailbox.
    """
    if not (to or user.has_mailbox) or (kind in STRANGERS and _is_enough(user.id, kind, to)):
        add_nothing()
        return
    mail = OutgoingMail.objects.create(user=user, kind=kind, to=to)
    if kind in LASTS:
        user.live_link = mail.id
        user.save(update_fields=["live_link"])
    _wake_on_commit(mail)


def add_nothing() -> None:
    """The same work for nobody, so that the time an answer takes tells nothing about an address."""
    _is_enough(uuid4(), Mail.NOTHING, None)
    mail = OutgoingMail.objects.create(user=None, kind=Mail.NOTHING)
    User.objects.filter(live_link=mail.id).update(live_link=None)
    _wake_on_commit(mail)


def _is_enough(user_id: UUID, kind: Mail, to: str | None) -> bool:
    whose = Q(to=to) if to else Q(user_id=user_id, to=None)
    sent = OutgoingMail.objects.filter(whose, kind=kind)
    return any(sent.filter(created_at__gt=timezone.now() - within).count() >= most for within, most in MOST.items())


def _wake_on_commit(mail: OutgoingMail) -> None:
    # Robust: the cause is committed and the sweep finds the row, so trouble with the broker is not the caller's.
    transaction.on_commit(partial(tasks.wake, mail.id), robust=True)
