"""Limits the events per second of an account. Events beyond the rate become a debt that the account pays by waiting.

The number of events is known only after a body is read, so a request is accepted whole and charged afterwards. The
next request is rejected unread until the debt is paid. Each process counts separately.
"""

import math
import time
from collections import OrderedDict
from uuid import UUID

from django.conf import settings

from accounts.api_base.problem import Problem

BURST_S = 10.0  # events of this many seconds may come at once after a pause
MAX_ACCOUNTS = 10_000  # the account whose last request is the oldest is dropped first; it has no debt then

# The monotonic time at which each account has paid its debt.
_paid_at: OrderedDict[UUID, float] = OrderedDict()


def check_rate_limit(user_id: UUID) -> None:
    """Raises Problem `rate_limited` while the account is in debt."""
    wait_s = _paid_at.get(user_id, 0.0) - time.monotonic()
    if wait_s > 0 and settings.INGEST_RATE:  # an access to settings takes a microsecond
        headers = {"Retry-After": str(math.ceil(wait_s))}
        detail = f"This account sent more than {settings.INGEST_RATE:,} events/s. Retry in {wait_s:.1f} s."
        raise Problem("rate_limited", detail, headers=headers)


def charge(user_id: UUID, events: int) -> None:
    """Charges an account for events that were read. A rate of 0 means no limit."""
    if not settings.INGEST_RATE or not events:
        return
    since = max(_paid_at.pop(user_id, 0.0), time.monotonic() - BURST_S)
    _paid_at[user_id] = since + events / settings.INGEST_RATE
    if len(_paid_at) > MAX_ACCOUNTS:
        _paid_at.popitem(last=False)
