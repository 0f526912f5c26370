"""The location of a session, and the rows that belong to it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from events.wire.folder_names import folder_key

# The machine name in invented demo events, which are not of a project of the user.
DEMO_MACHINE = "memfog-demo"


@dataclass(frozen=True, slots=True)
class Location:
    """A folder, the root folder where the session was started, and the repository; empty if unknown."""

    project: str = ""
    root: str = ""
    repo: str = ""
    # Other spellings of the folders in the user's log: see `memory.context.context_builder.resolve_location`.
    spellings: frozenset[str] = frozenset()

    @property
    def folders(self) -> set[str]:
        return {name for name in (self.project, self.root, *self.spellings) if name}

    @property
    def names(self) -> list[str]:
        """The names of the location; the repository, which clones and worktrees share, is first."""
        names = self.repo, self.root, self.project, *sorted(self.spellings)
        return list(dict.fromkeys(name for name in names if name))

    @property
    def keys(self) -> set[str]:
        """The keys of the names, which do not depend on their spelling."""
        return {folder_key(name) for name in (self.repo, self.root, self.project) if name}

    def make_filter(self) -> Callable[[str, str], bool]:
        """Makes the check whether a row with this folder and repository belongs to the location.

        The check remembers its answers, because most rows of a project have the same names.
        """
        keys = self.keys
        return cache(lambda project, repo: any(name and folder_key(name) in keys for name in (project, repo)))
