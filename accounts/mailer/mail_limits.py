"""Limits how many mails strangers can cause to one address, and never locks the owner out.

Mails are counted per address, kind and requesting network. All networks share `SHARED_LIMITS`. Beyond them, each
network still has its own `NETWORK_RESERVE_PER_HOUR`, so a stranger elsewhere cannot use up the owner's share.
`MAX_PER_HOUR` is the final limit: an owner who reaches it got a mail less than an hour ago, and its link still works.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import MailKind, OutgoingMail

# Kinds of mail that a stranger can cause, and one that a button sends. Only the owner causes the other kinds.
LIMITED_KINDS = {
    MailKind.VERIFY,
    MailKind.ALREADY_REGISTERED,
    MailKind.RESET,
    MailKind.NEW_EMAIL,
    MailKind.NEW_SIGN_IN,
    MailKind.CONNECT,
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHARED_LIMITS = {HOUR: 5, DAY: 15}
NETWORK_RESERVE_PER_HOUR = 3  # an hour, for each network
MAX_PER_HOUR = 20  # an hour, for all networks; a password reset link lasts as long


def is_within_limits(user_id: UUID, kind: MailKind, *, to: str | None, network_digest: bytes | None) -> bool:
    """Whether one more mail of this kind may go to the user, or to the address `to`, for this network.

    Without a network there is no reserve, because the request did not come from outside.
    """
    if kind not in LIMITED_KINDS and kind != MailKind.DECOY:
        return True
    now = timezone.now()
    recent_mails = _load_recent_mails(user_id, kind, to, now)
    networks_by_span = {
        span: [sender_network for at, sender_network in recent_mails if at > now - span] for span in SHARED_LIMITS
    }
    if all(len(networks_by_span[span]) < limit for span, limit in SHARED_LIMITS.items()):
        return True
    own_count = networks_by_span[HOUR].count(network_digest) if network_digest else NETWORK_RESERVE_PER_HOUR
    return own_count < NETWORK_RESERVE_PER_HOUR and len(networks_by_span[HOUR]) < MAX_PER_HOUR


def _load_recent_mails(
    user_id: UUID, kind: MailKind, to: str | None, now: datetime
) -> list[tuple[datetime, bytes | None]]:
    """Loads the time and network of each mail of the last day: at most `MAX_PER_HOUR` an hour."""
    is_recipient = Q(to=to) if to else Q(user_id=user_id, to=None)
    rows = OutgoingMail.objects.filter(is_recipient, kind=kind, created_at__gt=now - DAY)
    return [
        (at, None if sender_network is None else bytes(sender_network))
        for at, sender_network in rows.values_list("created_at", "network_digest")
    ]


def clear_networks() -> None:
    """Deletes the network digests of mails over an hour old, because no limit needs them anymore."""
    OutgoingMail.objects.filter(network_digest__isnull=False, created_at__lt=timezone.now() - HOUR).update(
        network_digest=None
    )
