"""Loads and saves the retention policy of a user. Without a policy the whole log is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.models import RetentionPolicy

MAX_DAYS, GIGABYTE = 36_500, 1_000_000_000
MIN_BYTES, MAX_BYTES = GIGABYTE // 10, 100_000 * GIGABYTE

RECORD_NAMES = ("retention",)  # see `events.archive.exporters`


@dataclass(frozen=True, slots=True)
class RetentionLimits:
    """Limits of a log: events older than `max_days` and the oldest beyond `max_bytes` are deleted. None: no limit."""

    max_days: int | None = None
    max_bytes: int | None = None

    def __bool__(self) -> bool:
        return self.max_days is not None or self.max_bytes is not None


def load_limits(user_id: UUID) -> RetentionLimits:
    row = RetentionPolicy.objects.filter(user_id=user_id).first()
    return RetentionLimits(row.max_days, row.max_bytes) if row else RetentionLimits()


def save_limits(user_id: UUID, wanted: RetentionLimits) -> None:
    """Saves the limits; a scheduled task applies them. Raises ValueError if a limit is out of range."""
    if wanted.max_days is not None and not 1 <= wanted.max_days <= MAX_DAYS:
        raise ValueError(f"Keep events for 1 to {MAX_DAYS:,} days.")
    if wanted.max_bytes is not None and not MIN_BYTES <= wanted.max_bytes <= MAX_BYTES:
        raise ValueError("Keep 0.1 to 100,000 GB.")
    limits = {"max_days": wanted.max_days, "max_bytes": wanted.max_bytes, "last_applied_us": 0}
    RetentionPolicy.objects.update_or_create(user_id=user_id, defaults=limits)


def list_due_users(before_us: int) -> list[UUID]:
    """Lists the users whose policy was last applied before a time, in microseconds since 1970, the earliest first."""
    rows = RetentionPolicy.objects.filter(last_applied_us__lt=before_us).exclude(max_days=None, max_bytes=None)
    return list(rows.order_by("last_applied_us").values_list("user_id", flat=True))


def mark_applied(user_id: UUID, now_us: int) -> None:
    RetentionPolicy.objects.filter(user_id=user_id).update(last_applied_us=now_us)


def export_records(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    """Exports the limits (see `AccountExporter`)."""
    if limits := load_limits(user_id):
        yield "retention", {"days": limits.max_days, "bytes": limits.max_bytes}


def import_record(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """Imports the limits (see `AccountExporter`)."""
    numbers = [values.get("days"), values.get("bytes")]
    if values.keys() != {"days", "bytes"} or any(type(one) not in (int, type(None)) for one in numbers):
        raise ValueError("it must have `days` and `bytes`, each an integer or null")
    if load_limits(user_id):
        return False
    save_limits(user_id, RetentionLimits(*numbers))
    return True
