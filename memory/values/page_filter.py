"""Of what somebody wants to see: a project, a machine, a stretch of time. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageFilter:
    """`project` is a folder or a repository, times are microseconds, `until_us` not included. Nothing chosen is all."""

    project: str = ""
    machine: str = ""
    since_us: int | None = None
    until_us: int | None = None

    def contains(self, at_us: int | None) -> bool:
        """Whether a time is within the stretch; one that cannot be told is, where there is none."""
        if at_us is None:
            return self.since_us is None and self.until_us is None
        return (self.since_us is None or at_us >= self.since_us) and (self.until_us is None or at_us < self.until_us)


NO_FILTER = PageFilter()
