"""The rules of a user: which sessions and machines are worth a notice, and when none is sent. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.wire import patterns
from events.wire.folder_names import leave_worktree

MINUTE_US = 60_000_000
DEFAULT_TURN_DONE_MINUTES, DEFAULT_SILENT_MINUTES = 5, 60
MINUTES_PER_DAY = 24 * 60
DIGEST_MINUTE = 8 * 60  # of the day, in the user's time zone


@dataclass(frozen=True, slots=True)
class Rules:
    """Quiet hours are minutes after midnight in `zone`, and may pass midnight; None without quiet hours."""

    turn_done_minutes: int = DEFAULT_TURN_DONE_MINUTES
    silent_minutes: int = DEFAULT_SILENT_MINUTES
    projects: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    quiet_from: int | None = None
    quiet_until: int | None = None
    zone: str = "UTC"

    def covers_session(self, *, project: str, repo: str, machine: str) -> bool:
        """Whether the project, by its path or its name, and the machine are among those of the rules."""
        names = {name.casefold() for name in (project, repo, name_project("", project), name_project(repo, "")) if name}
        is_project = not self.projects or any(name.casefold() in names for name in self.projects)
        return is_project and self.covers_machine(machine)

    def covers_machine(self, machine: str) -> bool:
        return not self.machines or machine.casefold() in {name.casefold() for name in self.machines}

    def find_quiet_end_us(self, now_us: int) -> int | None:
        """Returns when the current quiet hours end; None if there are none now."""
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return None
        now = to_local(now_us, self.zone)
        minute = now.hour * 60 + now.minute
        passed = (minute - self.quiet_from) % MINUTES_PER_DAY
        if passed >= (self.quiet_until - self.quiet_from) % MINUTES_PER_DAY:
            return None
        day = now.date() + timedelta(days=int(minute >= self.quiet_until))
        return to_microseconds(day.toordinal(), self.quiet_until, self.zone)


def find_next_digest_us(last_us: int, zone: str) -> int:
    """Returns when the digest after the last one is due: at eight in the morning."""
    local = to_local(last_us, zone)
    is_later = local.hour * 60 + local.minute >= DIGEST_MINUTE
    return to_microseconds(local.date().toordinal() + is_later, DIGEST_MINUTE, zone)


def to_local(at_us: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(ZoneInfo(zone))


def to_microseconds(day: int, minute: int, zone: str) -> int:
    """Converts a day (its ordinal) and a minute of it in a time zone."""
    local = datetime.combine(datetime.fromordinal(day), time(minute // 60, minute % 60), ZoneInfo(zone))
    return round(local.timestamp() * 1_000_000)


def name_project(repo: str, folder: str) -> str:
    """Returns the name by which pages show a repository, or else a folder."""
    location = repo or leave_worktree(folder)
    parts = [part for part in patterns.PATH_SEPARATORS.split(location) if part]
    return parts[-1] if parts else location
