"""The rows of the page of machines, from sessions, delays and reports. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import MachineReport, Token
from dashboard.base.client_package import Release
from dashboard.render.safe_text import one_line
from dashboard.render.short_labels import DURATION_LABELS
from dashboard.render.shown_names import machine_label
from events.wire.timestamps import to_datetime
from memory.sessions.machine_queries import MachineActivity

MAX_NAME_CHARS = 100
# Events that took longer waited for a network, or were imported: they do not count for the delay.
LAST_DELAY_BUCKET = len(DURATION_LABELS) - 2


@dataclass(frozen=True, slots=True)
class MachineRow:
    """A machine: `machine` is its name as captured, for links; `name` is the one that its owner gave, else the same."""

    machine: str
    name: str
    last_at: datetime | None
    activity: MachineActivity | None
    report: MachineReport | None
    version: str
    is_outdated: bool
    delays: tuple[str, str] | None
    token_name: str
    token_id: UUID | None

    @property
    def own_name(self) -> str:
        """The name that the machine itself sends; empty if it is shown by that."""
        own_name = one_line(self.machine, MAX_NAME_CHARS)
        return "" if own_name == self.name else own_name


def build_machine_rows(
    activities: Iterable[MachineActivity],
    delays: Mapping[str, Mapping[int, int]],
    reports: Iterable[MachineReport],
    tokens: Iterable[Token],
    release: Release | None,
) -> list[MachineRow]:
    """Builds a row for each machine that sent sessions or a report: those with sessions first, by their last event."""
    known_activities = {activity.name: activity for activity in activities}
    known_reports = {report.name: report for report in reports}
    token_names = {token.id: one_line(token.name, MAX_NAME_CHARS) for token in tokens}
    return [
        _build_row(
            name,
            known_activities.get(name),
            find_delays(delays.get(name, {})),
            known_reports.get(name),
            token_names,
            release,
        )
        for name in {**known_activities, **known_reports}
    ]


def _build_row(
    name: str,
    activity: MachineActivity | None,
    found_delays: tuple[str, str] | None,
    report: MachineReport | None,
    token_names: Mapping[UUID, str],
    release: Release | None,
) -> MachineRow:
    reported_at, token_id = (report.reported_at, report.token_id) if report else (None, None)
    token_name = token_names.get(token_id, "Revoked") if token_id else ""
    return MachineRow(
        machine=name,
        name=one_line(machine_label(name), MAX_NAME_CHARS),
        last_at=to_datetime(activity.last_us) if activity else reported_at,
        activity=activity,
        report=report,
        version=report.version if report else "",
        is_outdated=bool(report and release and is_older(report, release)),
        delays=found_delays,
        token_name=token_name,
        token_id=token_id if token_id in token_names else None,
    )


def is_older(report: MachineReport, release: Release) -> bool:
    """Whether the server serves a newer client than a machine has: as the client's own `isNewer` decides."""
    installed, served = _parse_version(report.version), _parse_version(release.version)
    if installed != served:
        return installed < served
    return bool(report.build) and report.build != release.build


def _parse_version(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]


def find_delays(counts: Mapping[int, int]) -> tuple[str, str] | None:
    """Returns the delays below which 50 % and 95 % of the events arrived; None without events that arrived in time."""
    timely = {bucket: count for bucket, count in counts.items() if bucket <= LAST_DELAY_BUCKET and count > 0}
    if not timely:
        return None
    return _find_bound(timely, 0.5), _find_bound(timely, 0.95)


def _find_bound(counts: Mapping[int, int], share: float) -> str:
    total, reached = sum(counts.values()), 0
    for bucket in sorted(counts):
        reached += counts[bucket]
        if reached >= share * total:
            return DURATION_LABELS[bucket]
    raise AssertionError("the shares of all buckets are the whole")
