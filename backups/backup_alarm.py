"""The status of the backups for the status page, and alarms to the operators."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from backups import operator_mail
from backups.models import Alarm, Run

logger = logging.getLogger(__name__)
MAX_BACKUP_AGE = timedelta(hours=26)
MAX_REHEARSAL_AGE = timedelta(days=35)
NOTIFICATION_INTERVAL = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """The status of the backups. `is_late`: the newest verified backup is over 26 h old, or there is none."""

    is_enabled: bool
    last_backup_at: datetime | None
    is_late: bool
    rehearsed_at: datetime | None
    rehearsed_well: bool | None
    is_rehearsal_overdue: bool


def load_status() -> BackupStatus:
    now = timezone.now()
    newest = Run.objects.verified().first()
    last_at = newest.made_at if newest else None
    rehearsal = Run.objects.filter(rehearsed_at__isnull=False).order_by("-rehearsed_at").first()
    return BackupStatus(
        is_enabled=bool(settings.BACKUP_URL),
        last_backup_at=last_at,
        is_late=last_at is None or now - last_at > MAX_BACKUP_AGE,
        rehearsed_at=rehearsal.rehearsed_at if rehearsal else None,
        rehearsed_well=rehearsal.rehearsed_well if rehearsal else None,
        is_rehearsal_overdue=_is_rehearsal_overdue(now),
    )


def check_freshness() -> None:
    """Logs one line of figures and notifies operators, once a day, of overdue or failed work. Runs once an hour."""
    status = load_status()
    logger.info("backups %s", format_figures(status))
    if status.is_late:
        message = (
            f"The newest verified backup was made at {status.last_backup_at:%Y-%m-%d %H:%M} UTC."
            if status.last_backup_at
            else "There is no verified backup."
        )
        _notify_daily("late", "Backups are late", message)
    if status.rehearsed_well is False:
        _notify_daily("rehearsal failed", "Restore rehearsal failed", "The last restore rehearsal failed.")
    if status.is_rehearsal_overdue:
        _notify_daily(
            "rehearsal",
            "Restore rehearsal overdue",
            f"No restore rehearsal has passed in {MAX_REHEARSAL_AGE.days} days.",
        )


def format_figures(status: BackupStatus) -> str:
    """Formats the figures for a log collector: ages in seconds, and -1 if there is no age."""
    now = timezone.now()
    times = {"age_seconds": status.last_backup_at, "rehearsal_age_seconds": status.rehearsed_at}
    ages_s = {name: round((now - at).total_seconds()) if at else -1 for name, at in times.items()}
    return " ".join(f"{name}={value}" for name, value in {**ages_s, "late": int(status.is_late)}.items())


def _is_rehearsal_overdue(now: datetime) -> bool:
    """Whether `MAX_REHEARSAL_AGE` has passed since the last successful rehearsal, or else since the first backup."""
    passed = Run.objects.filter(rehearsed_well=True).order_by("-rehearsed_at").values_list("rehearsed_at", flat=True)
    first = Run.objects.filter(made_at__isnull=False).order_by("made_at").values_list("made_at", flat=True)
    since = passed.first() or first.first()
    return since is not None and now - since > MAX_REHEARSAL_AGE


def _notify_daily(kind: str, subject: str, text: str) -> None:
    now = timezone.now()
    _, new = Alarm.objects.get_or_create(kind=kind, defaults={"last_notified_at": now})
    if new or Alarm.objects.filter(kind=kind, last_notified_at__lte=now - NOTIFICATION_INTERVAL).update(
        last_notified_at=now
    ):
        operator_mail.notify_operators(subject, text)
