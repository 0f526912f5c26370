"""The location of a session, and the rows that belong to it. Pure."""

from dataclasses import dataclass
from typing import Protocol

# The machine name in invented demo events, which are not of a project of the user.
DEMO_MACHINE = "memfog-demo"


class LocatedRow(Protocol):
    """A row of memory with its folder and repository."""

    @property
    def project(self) -> str: ...
    @property
    def repo(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Location:
    """A folder, the root folder where the session was started, and the repository; empty if unknown."""

    project: str = ""
    root: str = ""
    repo: str = ""

    @property
    def folders(self) -> set[str]:
        return {name for name in (self.project, self.root) if name}

    @property
    def names(self) -> list[str]:
        """The names of the location; the repository, which clones and worktrees share, is first."""
        return list(dict.fromkeys(name for name in (self.repo, self.root, self.project) if name))

    def contains(self, row: LocatedRow) -> bool:
        return row.project in self.folders or bool(row.repo and row.repo == self.repo)
