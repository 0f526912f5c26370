"""The optional model: off until the user switches it on, with a key of their own. Nothing is sent before.

What it is asked, and when, stands in `memory.llm.llm_summaries`.
"""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from accounts.api_base.problem import Problem
from accounts.crypto import encryption
from events.isolation.row_security import for_its_user
from memory.models import Helper, Progress, Retelling

LONGEST_KEY, MOST_DOLLARS = 300, 1_000


@for_its_user
def helper(user_id: UUID) -> Helper | None:
    return Helper.objects.of(user_id).first()


@for_its_user
def switch_on(user_id: UUID, *, key: str, cap_microdollars: int) -> None:
    """From now on; without a key with the one that is kept. Raises Problem `invalid_input`."""
    kept = Helper.objects.of(user_id).first()
    if not settings.MODEL_URL:
        raise Problem("invalid_input", "This server offers no model.")
    if not 0 < cap_microdollars <= MOST_DOLLARS * 1_000_000:
        raise Problem("invalid_input", f"A cap is above 0 and at most {MOST_DOLLARS:,} dollars a month.")
    if not key and kept is None:
        raise Problem("invalid_input", "Give a key: the model is paid for by you.")
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise Problem("invalid_input", "This is no key.")
    said: dict[str, Any] = {"cap_microdollars": cap_microdollars, "on": True, "trouble": ""}
    if key:
        said["key"] = encryption.seal(user_id, key)
    if kept is None or not kept.on:
        said["since_us"] = now_us()
    Helper.objects.of(user_id).update_or_create(user_id=user_id, defaults=said)
    Progress.objects.get_or_create(user_id=user_id)
    Progress.objects.filter(user_id=user_id).update(helped=True)


@for_its_user
def switch_off(user_id: UUID) -> None:
    """The key is gone with it; what was told stays."""
    Helper.objects.of(user_id).delete()
    Progress.objects.filter(user_id=user_id).update(helped=False)


@for_its_user
def retellings(user_id: UUID, *, limit: int) -> list[Retelling]:
    """What the model was asked, the latest first."""
    return list(Retelling.objects.of(user_id).order_by("-asked_us", "session_id")[:limit])


@for_its_user
def spent(user_id: UUID) -> int:
    """What was spent this month (UTC), in millionths of a dollar."""
    first = datetime.fromtimestamp(now_us() / 1_000_000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    asked = Retelling.objects.of(user_id).filter(asked_us__gte=int(first.timestamp()) * 1_000_000)
    return int(asked.aggregate(sum=Sum("cost_microdollars"))["sum"] or 0)


@for_its_user
def stop(user_id: UUID, trouble: str) -> None:
    """Nothing is sent any more until the user has seen to it."""
    Helper.objects.of(user_id).update(on=False, trouble=trouble)


def now_us() -> int:
    return int(time.time() * 1_000_000)
