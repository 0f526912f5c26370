"""A project and a duration in a word or two, wherever one is shown. Pure."""

from hashlib import blake2b

from events.wire import patterns


def project_hue(project: str) -> int:
    """One of eight colours, the same for a project wherever it shows."""
    return blake2b(project.encode(), digest_size=1).digest()[0] % 8


def project_name(repo: str, folder: str) -> str:
    """The project in one word: of the repository, else of the folder that the session began in."""
    location = repo or folder
    parts = [part for part in patterns.PATH_SEPARATORS.split(location) if part]
    return parts[-1] if parts else location


def format_duration(ms: float | None) -> str:
    """As a person says it; nothing for what is none."""
    if ms is None or ms < 0:
        return ""
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f} s"
    if ms < 3_600_000:
        return f"{ms // 60_000:.0f} min {ms % 60_000 // 1_000:.0f} s"
    return f"{ms // 3_600_000:.0f} h {ms % 3_600_000 // 60_000:.0f} min"
