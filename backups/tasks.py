"""What the clock does about backups. The work itself is done by a process of its own.

It takes long, and a library of 40 MB: neither the clock of a small server nor a worker's place is to be held by it.
"""

import subprocess
import sys

from celery import shared_task
from django.conf import settings

from backups import backup_alarm, run_claims

_children: list["subprocess.Popen[bytes]"] = []


@shared_task
def start_if_due() -> None:
    """Begins the night's backup when it is due. Every five minutes; so a killed one is followed by another."""
    # Asked how they ended, or they would stay in the table of processes.
    _children[:] = [child for child in _children if child.poll() is None]
    if settings.BACKUP_URL and not _children and run_claims.is_due():
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backup_now", "--nightly"]
        _children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))  # noqa: S603


@shared_task
def check_freshness() -> None:
    """Rings when the newest backup is late. Once an hour."""
    if settings.BACKUP_URL:
        backup_alarm.check_freshness()
