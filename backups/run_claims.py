"""Whose turn it is to make a backup: one process a night, and another one if that dies."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from threading import Event, Thread

from django.db import OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from backups import operator_mail
from backups.backup_errors import Trouble
from backups.manifest import Manifest, new_name
from backups.models import Run, State

HOUR = timedelta(hours=3)  # UTC; a night begins then, and lasts until the next
LEASE = timedelta(minutes=2)
BEAT = 20.0  # seconds between signs of life
# After the first try, the second, …; after the fifth nothing follows until the next night.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (10, 30, 60, 120)]
KILLED = "The process that made it was ended."


def tonight(now: datetime) -> date:
    return (now - HOUR).date()


def is_due() -> bool:
    """Whether `claim` would give a run."""
    run = Run.objects.filter(night=tonight(timezone.now())).first()
    return run is None or (run.next_try_at is not None and run.next_try_at <= timezone.now())


def claim() -> Run | None:
    """This night's run, if it is nobody's. It stays ours as long as `living` is in force."""
    now = timezone.now()
    run, _ = Run.objects.get_or_create(night=tonight(now), defaults={"next_try_at": now})
    due = Run.objects.filter(pk=run.pk, next_try_at__lte=now, tries=run.tries)
    if run.tries > len(BACK_OFF):
        due.update(state=State.FAILED, next_try_at=None, error=KILLED)
        return None
    taken = {"state": State.RUNNING, "name": _name(), "tries": run.tries + 1, "next_try_at": now + LEASE}
    taken["tried"] = [*run.tried, run.name] if run.name else []
    # Of two that read the same row, one update meets the number of tries both have seen.
    if not due.update(**taken, started_at=now):
        return None
    if run.tries and run.state == State.RUNNING:
        operator_mail.tell("Backup failed", f"{KILLED} Try {run.tries + 1} begins.")
    return Run.objects.get(pk=run.pk)


def begin() -> Run:
    """One by hand."""
    return Run.objects.create(name=_name(), tries=1, next_try_at=timezone.now() + LEASE)


@contextmanager
def living(run: Run) -> Iterator[None]:
    """Says every few seconds that this process lives, and writes down how it fails. The error goes on to the caller."""
    over = Event()
    pulse = Thread(target=_beat, args=(run.pk, over), name="pulse", daemon=True)
    pulse.start()
    try:
        yield
    except Exception as error:
        _stop(over, pulse)
        _fail(run, str(error) if isinstance(error, Trouble) else type(error).__name__)
        raise
    finally:
        _stop(over, pulse)


def finish(run: Run, made: Manifest) -> None:
    Run.objects.filter(pk=run.pk).update(
        state=State.DONE, finished_at=timezone.now(), next_try_at=None, error="", **known(made)
    )


def known(made: Manifest) -> dict[str, object]:
    """What a row keeps of a manifest whose dump was just compared."""
    return {
        "made_at": made.at,
        "rows": made.rows,
        "sealed_bytes": made.sealed.bytes,
        "verified_at": timezone.now(),
        "gone_at": None,
    }


def bury() -> None:
    """Runs whose process was ended and that nobody tries again: those by hand, and those of nights that are over."""
    now = timezone.now()
    over = Q(night=None) | Q(night__lt=tonight(now))
    dead = Run.objects.filter(over, state=State.RUNNING, next_try_at__lte=now)
    dead.update(state=State.FAILED, next_try_at=None, error=KILLED)


def _fail(run: Run, error: str) -> None:
    last = run.night is None or run.tries > len(BACK_OFF)
    again = None if last else timezone.now() + BACK_OFF[run.tries - 1]
    Run.objects.filter(pk=run.pk).update(
        state=State.FAILED, finished_at=timezone.now(), next_try_at=again, error=error[:300]
    )
    follows = f"It is tried again at {again:%H:%M} UTC." if again else "It is not tried again."
    operator_mail.tell("Backup failed", f"{error} {follows}")


def _beat(pk: int, over: Event) -> None:
    while not over.wait(BEAT):
        try:
            Run.objects.filter(pk=pk, state=State.RUNNING).update(next_try_at=timezone.now() + LEASE)
        except OperationalError:
            connection.close()  # a database that is away for a moment; the next beat tells
    connection.close()


def _stop(over: Event, pulse: Thread) -> None:
    over.set()
    pulse.join()


def _name() -> str:
    return new_name(timezone.now(), secrets.token_hex(2))
