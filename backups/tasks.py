"""Scheduled tasks of backups. A separate process does the work.

The work takes long and needs a library of 40 MB, so it must not occupy the scheduler of a small server or a worker.
"""

import subprocess
import sys

from celery import shared_task
from django.conf import settings

from backups import backup_alarm, run_claims

_children: list["subprocess.Popen[bytes]"] = []


@shared_task
def start_if_due() -> None:
    """Starts the night's backup when it is due. Runs every five minutes, so that a killed run is retried."""
    # `poll` collects the exit code; otherwise ended children would stay as zombies.
    _children[:] = [child for child in _children if child.poll() is None]
    if settings.BACKUP_URL and not _children and run_claims.is_due():
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backup_now", "--nightly"]
        _children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))  # noqa: S603


@shared_task
def check_freshness() -> None:
    """Notifies operators when the newest backup is late. Once an hour."""
    if settings.BACKUP_URL:
        backup_alarm.check_freshness()
