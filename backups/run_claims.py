"""Claims of backup runs: one process makes a night's backup, and another process retries after a crash."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from threading import Event, Thread

from django.db import OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from backups import operator_mail
from backups.backup_errors import BackupError
from backups.manifest import Manifest, make_name
from backups.models import Run, RunState

NIGHT_STARTS_AT = timedelta(hours=3)  # UTC; a night lasts until the next night starts
LEASE_LIFETIME = timedelta(minutes=2)
HEARTBEAT_INTERVAL_S = 20.0  # between two renewals of the lease
# After the first attempt, the second, …; after the fifth there is no attempt until the next night.
BACKOFF_DELAYS = [timedelta(minutes=minutes) for minutes in (10, 30, 60, 120)]
KILLED_MESSAGE = "The backup process was killed."


def current_night(now: datetime) -> date:
    return (now - NIGHT_STARTS_AT).date()


def is_due() -> bool:
    """Whether `claim` would return a run."""
    run = Run.objects.filter(night=current_night(timezone.now())).first()
    return run is None or (run.next_attempt_at is not None and run.next_attempt_at <= timezone.now())


def claim() -> Run | None:
    """Claims this night's run. Returns None if it is not due or is claimed. `heartbeat` renews the claim."""
    now = timezone.now()
    run, _ = Run.objects.get_or_create(night=current_night(now), defaults={"next_attempt_at": now})
    due = Run.objects.filter(pk=run.pk, next_attempt_at__lte=now, attempts=run.attempts)
    if run.attempts > len(BACKOFF_DELAYS):
        due.update(state=RunState.FAILED, next_attempt_at=None, error=KILLED_MESSAGE)
        return None
    claimed_fields = {
        "state": RunState.RUNNING,
        "name": _make_name(),
        "attempts": run.attempts + 1,
        "next_attempt_at": now + LEASE_LIFETIME,
    }
    claimed_fields["previous_names"] = [*run.previous_names, run.name] if run.name else []
    # Optimistic lock on `attempts`: if two processes read the same row, only one update matches.
    if not due.update(**claimed_fields, started_at=now):
        return None
    if run.attempts and run.state == RunState.RUNNING:
        operator_mail.notify_operators("Backup failed", f"{KILLED_MESSAGE} Attempt {run.attempts + 1} starts.")
    return Run.objects.get(pk=run.pk)


def create_manual_run() -> Run:
    return Run.objects.create(name=_make_name(), attempts=1, next_attempt_at=timezone.now() + LEASE_LIFETIME)


@contextmanager
def heartbeat(run: Run) -> Iterator[None]:
    """Renews the lease while the block runs. A failure is recorded and raised again."""
    stopped = Event()
    thread = Thread(target=_renew_lease, args=(run.pk, stopped), name="pulse", daemon=True)
    thread.start()
    try:
        yield
    except Exception as error:
        _stop_heartbeat(stopped, thread)
        _record_failure(run, str(error) if isinstance(error, BackupError) else type(error).__name__)
        raise
    finally:
        _stop_heartbeat(stopped, thread)


def finish_run(run: Run, manifest: Manifest) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=RunState.DONE, finished_at=timezone.now(), next_attempt_at=None, error="", **manifest_fields(manifest)
    )


def manifest_fields(manifest: Manifest) -> dict[str, object]:
    """Returns the fields of a run for a manifest whose dump was just compared."""
    return {
        "made_at": manifest.made_at_datetime,
        "rows": manifest.rows,
        "sealed_bytes": manifest.sealed.bytes,
        "verified_at": timezone.now(),
        "deleted_at": None,
    }


def mark_dead() -> None:
    """Marks as failed the runs that died and are not retried: manual runs, and runs of past nights."""
    now = timezone.now()
    is_past_night = Q(night=None) | Q(night__lt=current_night(now))
    dead = Run.objects.filter(is_past_night, state=RunState.RUNNING, next_attempt_at__lte=now)
    dead.update(state=RunState.FAILED, next_attempt_at=None, error=KILLED_MESSAGE)


def _record_failure(run: Run, error: str) -> None:
    is_last_attempt = run.night is None or run.attempts > len(BACKOFF_DELAYS)
    next_attempt_at = None if is_last_attempt else timezone.now() + BACKOFF_DELAYS[run.attempts - 1]
    Run.objects.filter(pk=run.pk).update(
        state=RunState.FAILED, finished_at=timezone.now(), next_attempt_at=next_attempt_at, error=error[:300]
    )
    retry_note = (
        f"The next attempt is at {next_attempt_at:%H:%M} UTC." if next_attempt_at else "There is no further attempt."
    )
    operator_mail.notify_operators("Backup failed", f"{error} {retry_note}")


def _renew_lease(pk: int, stopped: Event) -> None:
    while not stopped.wait(HEARTBEAT_INTERVAL_S):
        try:
            Run.objects.filter(pk=pk, state=RunState.RUNNING).update(next_attempt_at=timezone.now() + LEASE_LIFETIME)
        except OperationalError:
            connection.close()  # the database is unavailable for a moment; the next renewal retries
    connection.close()


def _stop_heartbeat(stopped: Event, thread: Thread) -> None:
    stopped.set()
    thread.join()


def _make_name() -> str:
    return make_name(timezone.now(), secrets.token_hex(2))
