"""Short labels of projects, durations, counts and costs. Pure."""

from events.wire import patterns
from events.wire.folder_names import leave_worktree

# The labels of the buckets by which durations are counted (`memory.rules.half_hour_counts.BUCKET_BOUNDS_US`).
DURATION_LABELS = ("under 1 s", "under 10 s", "under 1 min", "under 10 min", "under 1 h", "longer")


def project_name(repo: str, folder: str) -> str:
    """Returns the last part of the repository, else of the folder in which the session started."""
    location = repo or leave_worktree(folder)
    parts = [part for part in patterns.PATH_SEPARATORS.split(location) if part]
    return parts[-1] if parts else location


def format_duration(ms: float | None) -> str:
    """Formats milliseconds for display; empty for None or a negative number."""
    if ms is None or ms < 0:
        return ""
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f} s"
    if ms < 3_600_000:
        return f"{ms // 60_000:.0f} min {ms % 60_000 // 1_000:.0f} s"
    return f"{ms // 3_600_000:.0f} h {ms % 3_600_000 // 60_000:.0f} min"


def format_dollars(microdollars: int) -> str:
    """Formats a cost for display; empty for none."""
    value = microdollars / 1_000_000
    return f"${value:,.2f}" if value >= 0.005 else "< $0.01" if value > 0 else ""


def format_count(count: int) -> str:
    """Formats a count: `1,234` in full; from a hundred thousand on rounded: `412k`, `10.5 M`, `1.2 B`."""
    if count < 100_000:
        return f"{count:,}"
    if count < 1_000_000:
        return f"{count / 1_000:.0f}k"
    return f"{count / 1_000_000:,.1f} M" if count < 10**9 else f"{count / 10**9:,.1f} B"


def parent_name(repo: str, folder: str) -> str:
    """Returns the part before the name of a project, by which two of one name differ; empty without one."""
    parts = [part for part in patterns.PATH_SEPARATORS.split(repo or leave_worktree(folder)) if part]
    return parts[-2] if len(parts) > 1 else ""
