"""The filter that a page applies: project, machine and time range. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageFilter:
    """A page filter. `project` is a folder or a repository, times are microseconds, `until_us` is exclusive.

    `automated` selects sessions that a program runs (True), or those of persons (False). An empty or missing part does
    not filter.
    """

    project: str = ""
    machine: str = ""
    since_us: int | None = None
    until_us: int | None = None
    automated: bool | None = None
    # The spellings of `project`: see `memory.sessions.project_names`.
    spellings: tuple[str, ...] = ()

    @property
    def project_names(self) -> tuple[str, ...]:
        return self.spellings or (self.project,)

    def contains(self, at_us: int) -> bool:
        """Checks whether a time is in the range."""
        return (self.since_us is None or at_us >= self.since_us) and (self.until_us is None or at_us < self.until_us)


NO_FILTER = PageFilter()
