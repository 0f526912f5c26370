"""Which backups may go: those over fourteen days old that fourteen newer, verified ones have replaced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RETENTION_PERIOD = timedelta(days=14)
MIN_NEWER_BACKUPS = 14


@dataclass(frozen=True, slots=True)
class StoredBackup:
    name: str
    made_at: datetime
    verified: bool


def list_expired(stored: Iterable[StoredBackup], now: datetime) -> list[str]:
    """Names, oldest first. Where backups have stopped, or do not verify, none is among them."""
    newest_first = sorted(stored, key=lambda backup: (backup.made_at, backup.name), reverse=True)
    names, newer = [], 0
    for backup in newest_first:
        if now - backup.made_at > RETENTION_PERIOD and newer >= MIN_NEWER_BACKUPS:
            names.append(backup.name)
        newer += backup.verified
    return names[::-1]
