"""Settings of the optional model. It is off, and nothing is sent, until the user enables it with their own key.

`memory.llm.llm_summaries` decides which sessions are sent, and when.
"""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from accounts.api_base.problem import Problem
from accounts.crypto import encryption
from events.isolation.row_security import acting_for_user
from memory.models import LlmConfig, LlmSummary, ProjectionState

MAX_KEY_CHARS, MAX_CAP_DOLLARS = 300, 1_000


@acting_for_user
def load_llm_config(user_id: UUID) -> LlmConfig | None:
    return LlmConfig.objects.for_user(user_id).first()


@acting_for_user
def enable_llm(user_id: UUID, *, key: str, cap_microdollars: int) -> None:
    """Enables the model from now on. An empty `key` keeps the stored key. Raises Problem `invalid_input`."""
    config = LlmConfig.objects.for_user(user_id).first()
    if not settings.MODEL_URL:
        raise Problem("invalid_input", "No model is configured on this server.")
    if not 0 < cap_microdollars <= MAX_CAP_DOLLARS * 1_000_000:
        raise Problem("invalid_input", f"The monthly cap must be above 0 and at most {MAX_CAP_DOLLARS:,} dollars.")
    if not key and config is None:
        raise Problem("invalid_input", "Enter an API key. You pay the provider for the model.")
    if len(key) > MAX_KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
        raise Problem("invalid_input", "This is not a valid API key.")
    values: dict[str, Any] = {"monthly_cap_microdollars": cap_microdollars, "enabled": True, "last_error": ""}
    if key:
        values["encrypted_key"] = encryption.encrypt(user_id, key)
    if config is None or not config.enabled:
        values["enabled_since_us"] = now_us()
    LlmConfig.objects.for_user(user_id).update_or_create(user_id=user_id, defaults=values)
    ProjectionState.objects.get_or_create(user_id=user_id)
    ProjectionState.objects.filter(user_id=user_id).update(llm_enabled=True)


@acting_for_user
def disable_llm(user_id: UUID) -> None:
    """Disables the model and deletes the key; existing summaries stay."""
    LlmConfig.objects.for_user(user_id).delete()
    ProjectionState.objects.filter(user_id=user_id).update(llm_enabled=False)


@acting_for_user
def list_llm_summaries(user_id: UUID, *, limit: int) -> list[LlmSummary]:
    """Lists LLM summaries, newest request first."""
    return list(LlmSummary.objects.for_user(user_id).order_by("-requested_us", "session_id")[:limit])


@acting_for_user
def load_month_cost(user_id: UUID) -> int:
    """Loads the cost of this month (UTC), in millionths of a dollar."""
    month_start = datetime.fromtimestamp(now_us() / 1_000_000, UTC).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    summaries = LlmSummary.objects.for_user(user_id).filter(requested_us__gte=int(month_start.timestamp()) * 1_000_000)
    return int(summaries.aggregate(sum=Sum("cost_microdollars"))["sum"] or 0)


@acting_for_user
def disable_with_error(user_id: UUID, error: str) -> None:
    """Disables the model and stores the error; nothing is sent until the user enables the model again."""
    LlmConfig.objects.for_user(user_id).update(enabled=False, last_error=error)


def now_us() -> int:
    return int(time.time() * 1_000_000)
