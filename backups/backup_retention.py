"""Which backups may go: those over fourteen days old that fourteen newer, verified ones have replaced."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(days=14)
KEPT_AT_LEAST = 14


@dataclass(frozen=True, slots=True)
class Kept:
    name: str
    made_at: datetime
    verified: bool


def expired(kept: Iterable[Kept], now: datetime) -> list[str]:
    """Names, oldest first. Where backups have stopped, or do not verify, none is among them."""
    newest_first = sorted(kept, key=lambda backup: (backup.made_at, backup.name), reverse=True)
    names, newer = [], 0
    for backup in newest_first:
        if now - backup.made_at > KEPT_FOR and newer >= KEPT_AT_LEAST:
            names.append(backup.name)
        newer += backup.verified
    return names[::-1]
