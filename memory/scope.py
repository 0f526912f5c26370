"""Of what somebody wants to see: a project, a machine, a stretch of time. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`project` is a folder or a repository, times are microseconds, `until_us` not included. Nothing chosen is all."""

    project: str = ""
    machine: str = ""
    since_us: int | None = None
    until_us: int | None = None


EVERYTHING = Scope()
