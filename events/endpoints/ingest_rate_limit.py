"""How many events per second one account may send, as a debt: who has sent more than the rate allows pays by waiting.

What a request holds is known only after it was read, so it is taken whole and charged afterwards; the next one is
refused unread until the debt is paid. Each process counts for itself.
"""

import math
import time
from collections import OrderedDict
from uuid import UUID

from django.conf import settings

from accounts.api_base.problem import Problem

BURST_S = 10.0  # seconds' worth of events that may come at once after a silence
MAX_ACCOUNTS = 10_000  # accounts; the one longest silent is forgotten first, and owes nothing

# When each account will have paid for what it sent.
_paid_at: OrderedDict[UUID, float] = OrderedDict()


def check_rate_limit(user_id: UUID) -> None:
    """Raises Problem `rate_limited` while the account is in debt."""
    wait_s = _paid_at.get(user_id, 0.0) - time.monotonic()
    if settings.INGEST_RATE and wait_s > 0:
        headers = {"Retry-After": str(math.ceil(wait_s))}
        detail = f"More than {settings.INGEST_RATE:,} events/s came from this account; go on in {wait_s:.1f} s."
        raise Problem("rate_limited", detail, headers=headers)


def charge(user_id: UUID, events: int) -> None:
    """Books events that were read. Of a rate of 0 nobody is ever in debt."""
    if not settings.INGEST_RATE or not events:
        return
    since = max(_paid_at.pop(user_id, 0.0), time.monotonic() - BURST_S)
    _paid_at[user_id] = since + events / settings.INGEST_RATE
    if len(_paid_at) > MAX_ACCOUNTS:
        _paid_at.popitem(last=False)
