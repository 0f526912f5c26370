"""How the backups stand: for the status page, and for the operators when it is late."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from backups import operator_mail
from backups.models import Alarm, Run

logger = logging.getLogger(__name__)
OLDEST = timedelta(hours=26)
REHEARSED_WITHIN = timedelta(days=35)
AGAIN = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class Standing:
    """`late`: the newest backup that verifies is over 26 h old, or there is none."""

    made: bool
    last_at: datetime | None
    late: bool
    rehearsed_at: datetime | None
    rehearsed_well: bool | None
    overdue: bool


def standing() -> Standing:
    now = timezone.now()
    newest = Run.objects.standing().first()
    last_at = newest.made_at if newest else None
    rehearsal = Run.objects.filter(rehearsed_at__isnull=False).order_by("-rehearsed_at").first()
    return Standing(
        made=bool(settings.BACKUP_URL),
        last_at=last_at,
        late=last_at is None or now - last_at > OLDEST,
        rehearsed_at=rehearsal.rehearsed_at if rehearsal else None,
        rehearsed_well=rehearsal.rehearsed_well if rehearsal else None,
        overdue=_overdue(now),
    )


def look() -> None:
    """Writes one line of figures, and tells the operators, once a day, of what is late. Once an hour."""
    found = standing()
    logger.info("backups %s", figures(found))
    if found.late:
        at = f"is of {found.last_at:%Y-%m-%d %H:%M} UTC" if found.last_at else "does not exist"
        _ring("late", "Backups are late", f"The newest backup that verifies {at}.")
    if found.rehearsed_well is False:
        _ring(
            "rehearsal failed", "A rehearsal failed", "The last backup that was restored for trial did not come back."
        )
    if found.overdue:
        _ring("rehearsal", "A rehearsal is overdue", f"No restore was tried in {REHEARSED_WITHIN.days} days.")


def figures(found: Standing) -> str:
    """As a log's reader collects them: seconds, and -1 where there is nothing to count from."""
    now = timezone.now()
    ages = {"age_seconds": found.last_at, "rehearsal_age_seconds": found.rehearsed_at}
    told = {name: round((now - at).total_seconds()) if at else -1 for name, at in ages.items()}
    return " ".join(f"{name}={value}" for name, value in {**told, "late": int(found.late)}.items())


def _overdue(now: datetime) -> bool:
    """Counted from the last one that went well, or from the first backup."""
    well = Run.objects.filter(rehearsed_well=True).order_by("-rehearsed_at").values_list("rehearsed_at", flat=True)
    first = Run.objects.filter(made_at__isnull=False).order_by("made_at").values_list("made_at", flat=True)
    since = well.first() or first.first()
    return since is not None and now - since > REHEARSED_WITHIN


def _ring(kind: str, subject: str, text: str) -> None:
    now = timezone.now()
    _, new = Alarm.objects.get_or_create(kind=kind, defaults={"told_at": now})
    if new or Alarm.objects.filter(kind=kind, told_at__lte=now - AGAIN).update(told_at=now):
        operator_mail.tell(subject, text)
