"""Finds expired backups: over fourteen days old, and replaced by fourteen newer verified backups."""

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
    """Lists the names of expired backups, oldest first.

    If backups have stopped or do not verify, no backup expires.
    """
    newest_first = sorted(stored, key=lambda backup: (backup.made_at, backup.name), reverse=True)
    names, newer = [], 0
    for backup in newest_first:
        if now - backup.made_at > RETENTION_PERIOD and newer >= MIN_NEWER_BACKUPS:
            names.append(backup.name)
        newer += backup.verified
    return names[::-1]
