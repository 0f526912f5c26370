"""Computes costs again that were computed by earlier prices: after an upgrade, or when users change their own prices.

A cost carries the version of its prices. Sums of costs change by the differences, in the same transaction.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from events.isolation.row_security import acting_for
from memory.models import ProjectionState, Session, TokenUsage
from memory.preferences import own_prices
from memory.projection import count_writer, repository, stored_sessions
from memory.rules import token_usage
from memory.rules.half_hour_counts import HalfHourCounts
from memory.rules.token_usage import MessageUsage
from memory.values import price_table
from memory.values.price_table import PriceTable

BATCH_SIZE = 500  # answers in one transaction


def find_outdated_users() -> list[UUID]:
    """Lists the users with costs by earlier prices; those whose sessions wait for a rebuild get new costs by that."""
    version = price_table.current_version(0) + F("price_revision")
    states = ProjectionState.objects.filter(priced_version__lt=version, is_complete=True)
    return list(states.order_by("priced_version", "user_id").values_list("user_id", flat=True))


def reprice(user_id: UUID, *, seconds: float = 1e9, pause: Callable[[], None] = lambda: None) -> bool:
    """Computes outdated costs again; returns False if `seconds` were not enough. Calls `pause` after each batch."""
    until, last = time.monotonic() + seconds, ""
    # Continues where the last batch ended, so that each cost is read once; a pass that finds no outdated cost is the
    # last.
    while (found := _reprice_batch(user_id, last)) or last:
        last = found
        if time.monotonic() > until:
            return False
        pause()
    return True


def _reprice_batch(user_id: UUID, first_session: str) -> str:
    """Computes the next costs, from a session on; returns the last session, or nothing if there are no more."""
    with acting_for(user_id), transaction.atomic():
        # This lock stops a concurrent projection, and a change of the prices.
        state = ProjectionState.objects.select_for_update().filter(user_id=user_id).first()
        if state is None or not state.is_complete:
            return ""
        prices = own_prices.load_price_table(user_id)
        outdated = _load_outdated(user_id, prices.version, first_session)
        for session_id, usages in outdated.items():
            _reprice_session(user_id, session_id, usages, prices)
        if not outdated and not first_session:
            ProjectionState.objects.filter(user_id=user_id).update(priced_version=prices.version)
        return list(outdated)[-1] if outdated else ""


def _load_outdated(user_id: UUID, version: int, first_session: str) -> dict[str, list[MessageUsage]]:
    rows = TokenUsage.objects.for_user(user_id).filter(price_version__lt=version)
    if first_session:
        rows = rows.filter(session_id__gte=first_session)
    usages: dict[str, list[MessageUsage]] = defaultdict(list)
    for row in rows.order_by("session_id", "message_id")[:BATCH_SIZE]:
        usages[row.session_id].append(stored_sessions.to_usage(row))
    return usages


def _reprice_session(user_id: UUID, session_id: str, usages: Sequence[MessageUsage], prices: PriceTable) -> None:
    counts, cost, unpriced = HalfHourCounts(), 0, 0
    repriced = {usage.message_id: usage.priced(prices) for usage in usages}
    for before in usages:
        after = repriced[before.message_id]
        if before.is_counted:
            counts.count_usage(before, after)
            sums = token_usage.sum_differences(before, after)
            cost, unpriced = cost + sums["cost_microdollars"], unpriced + sums["unpriced_answers"]
    repository.replace_usages([(user_id, usage) for usage in repriced.values()])
    count_writer.add_counts([(user_id, session_id, counts)])
    Session.objects.for_user(user_id).filter(session_id=session_id).update(
        cost_microdollars=F("cost_microdollars") + cost, unpriced_answers=F("unpriced_answers") + unpriced
    )
