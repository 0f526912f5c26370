"""How many mails strangers can cause to one address, so that nobody is flooded and no owner is kept out.

Counted per address and kind of mail, and per network that asked. Anybody may cause `ROOM`. Beyond that a network that
has not used its own `RESERVE` may still: a stranger elsewhere uses up none of the owner's. `CEILING` ends even that,
and keeps nobody out: whoever meets it was mailed less than an hour ago, and that mail's link is still in force.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import Mail, OutgoingMail

# What a stranger can have sent to an address. The other kinds an owner causes.
STRANGERS = {Mail.VERIFY, Mail.ALREADY_REGISTERED, Mail.RESET, Mail.NEW_EMAIL, Mail.NEW_SIGN_IN}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROOM = {HOUR: 5, DAY: 15}
RESERVE = 3  # an hour, of each network
CEILING = 20  # an hour, of all networks; a link to a new password lasts as long


def has_room(user_id: UUID, kind: Mail, *, to: str | None, network: bytes | None) -> bool:
    """Whether one more mail of this kind may go to the user, or to the address `to`, for this network.

    Without a network there is no reserve: nobody asked from outside.
    """
    if kind not in STRANGERS and kind != Mail.NOTHING:
        return True
    now = timezone.now()
    sent = _sent_lately(user_id, kind, to, now)
    within = {span: [by for at, by in sent if at > now - span] for span in ROOM}
    if all(len(within[span]) < most for span, most in ROOM.items()):
        return True
    own = within[HOUR].count(network) if network else RESERVE
    return own < RESERVE and len(within[HOUR]) < CEILING


def _sent_lately(user_id: UUID, kind: Mail, to: str | None, now: datetime) -> list[tuple[datetime, bytes | None]]:
    """When the mails of the last day were owed, and to which network. There are at most `CEILING` an hour."""
    whose = Q(to=to) if to else Q(user_id=user_id, to=None)
    rows = OutgoingMail.objects.filter(whose, kind=kind, created_at__gt=now - DAY)
    return [(at, None if by is None else bytes(by)) for at, by in rows.values_list("created_at", "network")]


def forget_networks() -> None:
    """After an hour nobody needs to know any more which network caused a mail."""
    OutgoingMail.objects.filter(network__isnull=False, created_at__lt=timezone.now() - HOUR).update(network=None)
