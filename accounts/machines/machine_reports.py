"""What machines report of their clients: noted in memory by a request, written seconds later for all users at once.

A report only informs a page: one that is not written when the process ends is lost, and the next one replaces it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.machines.report_header import ReportedMachine, parse_header
from accounts.models import MachineReport, User

WRITE_INTERVAL_S = 2.0
MAX_NOTED = 10_000  # reports that wait to be written; more are dropped
WRITE_BATCH_SIZE = 1_000
MAX_MACHINES = 100  # per user
REPORT_LIFETIME = timedelta(days=90)
_REPORTED_FIELDS = ("token_id", "version", "build", "waiting", "waiting_since", "refused", "reported_at")


@dataclass(frozen=True, slots=True)
class _NotedReport:
    token_id: UUID | None
    machine: ReportedMachine
    at: datetime


_noted: dict[tuple[UUID, str], _NotedReport] = {}


def note(user_id: UUID, token_id: UUID | None, header: str) -> None:
    """Notes the report in a header, if the header is valid. Costs no query."""
    machine = parse_header(header)
    if machine and (len(_noted) < MAX_NOTED or (user_id, machine.name) in _noted):
        _noted[user_id, machine.name] = _NotedReport(token_id, machine, timezone.now())


def has_noted() -> bool:
    return bool(_noted)


def write_noted() -> None:
    """Writes what was noted since the last call: one statement for many machines."""
    noted = dict(_noted)
    for key in noted:
        # A newer report of the same machine, noted meanwhile, waits for the next call.
        if _noted.get(key) is noted[key]:
            del _noted[key]
    # In one order: two processes that write the same machines would otherwise wait for each other.
    keys = sorted(noted)
    for first in range(0, len(keys), WRITE_BATCH_SIZE):
        batch = keys[first : first + WRITE_BATCH_SIZE]
        rows = [_make_row(user_id, noted[user_id, name]) for user_id, name in _choose_keys(batch)]
        MachineReport.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["user", "name"], update_fields=_REPORTED_FIELDS
        )


def _choose_keys(keys: list[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    """Leaves out users who are gone, and machines beyond the limit: a client can give itself any name."""
    user_ids = {user_id for user_id, _ in keys}
    names: dict[UUID, set[str]] = {
        id_: set() for id_ in User.objects.filter(id__in=user_ids).values_list("id", flat=True)
    }
    for user_id, name in MachineReport.objects.filter(user_id__in=user_ids).values_list("user_id", "name"):
        names[user_id].add(name)
    chosen = []
    for user_id, name in keys:
        known = names.get(user_id)
        if known is not None and (name in known or len(known) < MAX_MACHINES):
            known.add(name)
            chosen.append((user_id, name))
    return chosen


def _make_row(user_id: UUID, noted: _NotedReport) -> MachineReport:
    machine = noted.machine
    return MachineReport(
        user_id=user_id,
        name=machine.name,
        token_id=noted.token_id,
        version=machine.version,
        build=machine.build,
        waiting=machine.waiting,
        waiting_since=noted.at - timedelta(seconds=machine.oldest_s) if machine.waiting else None,
        refused=machine.refused,
        reported_at=noted.at,
    )


def list_reports(user_id: UUID) -> list[MachineReport]:
    """Lists the latest report of each machine of a user, the last reported first."""
    return list(MachineReport.objects.for_user(user_id).order_by("-reported_at", "name")[:MAX_MACHINES])


def delete_old_reports() -> None:
    MachineReport.objects.filter(reported_at__lt=timezone.now() - REPORT_LIFETIME).delete()
