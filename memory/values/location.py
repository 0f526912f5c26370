"""Where a session begins, and what belongs there. Pure."""

from dataclasses import dataclass
from typing import Protocol

# The machine that made-up events name: a demo is of no project of the person's own.
DEMO_MACHINE = "memfog-demo"


class LocatedRow(Protocol):
    """A row of memory, by the folder it is from and its repository."""

    @property
    def project(self) -> str: ...
    @property
    def repo(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Location:
    """A folder, the root that the session was started in, its repository; empty if unknown."""

    project: str = ""
    root: str = ""
    repo: str = ""

    @property
    def folders(self) -> set[str]:
        return {name for name in (self.project, self.root) if name}

    @property
    def names(self) -> list[str]:
        """What it goes by, first the name that clones and worktrees share."""
        return list(dict.fromkeys(name for name in (self.repo, self.root, self.project) if name))

    def contains(self, row: LocatedRow) -> bool:
        return row.project in self.folders or bool(row.repo and row.repo == self.repo)
