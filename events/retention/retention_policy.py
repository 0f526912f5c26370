"""How much of a log its user wants kept. Off until somebody says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from events.models import Retention

MOST_DAYS, GIGABYTE = 36_500, 1_000_000_000
LEAST_BYTES, MOST_BYTES = GIGABYTE // 10, 100_000 * GIGABYTE

NAMES = ("retention",)  # as `events.archive.exporters` has it


@dataclass(frozen=True, slots=True)
class Rule:
    """What is older than so many days goes, and the oldest beyond so many bytes. None is no limit."""

    days: int | None = None
    bytes: int | None = None

    def __bool__(self) -> bool:
        return self.days is not None or self.bytes is not None


def rule(user_id: UUID) -> Rule:
    row = Retention.objects.filter(user_id=user_id).first()
    return Rule(row.days, row.bytes) if row else Rule()


def keep(user_id: UUID, wanted: Rule) -> None:
    """From now on by this rule; the clock sees to it. Raises ValueError for one that nobody can mean."""
    if wanted.days is not None and not 1 <= wanted.days <= MOST_DAYS:
        raise ValueError(f"Keep events for 1 to {MOST_DAYS:,} days.")
    if wanted.bytes is not None and not LEAST_BYTES <= wanted.bytes <= MOST_BYTES:
        raise ValueError("Keep 0.1 to 100,000 GB.")
    limits = {"days": wanted.days, "bytes": wanted.bytes, "at_us": 0}
    Retention.objects.update_or_create(user_id=user_id, defaults=limits)


def due(before_us: int) -> list[UUID]:
    """Users whose rule was not seen to since then."""
    rows = Retention.objects.filter(at_us__lt=before_us).exclude(days=None, bytes=None)
    return list(rows.order_by("at_us").values_list("user_id", flat=True))


def seen_to(user_id: UUID, now_us: int) -> None:
    Retention.objects.filter(user_id=user_id).update(at_us=now_us)


def told(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    """As `events.archive.exporters` has it."""
    if kept := rule(user_id):
        yield "retention", {"days": kept.days, "bytes": kept.bytes}


def take(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """As `events.archive.exporters` has it."""
    numbers = [values.get("days"), values.get("bytes")]
    if values.keys() != {"days", "bytes"} or any(type(one) not in (int, type(None)) for one in numbers):
        raise ValueError("it says neither days nor bytes")
    if rule(user_id):
        return False
    keep(user_id, Rule(*numbers))
    return True
