"""Which folders below that of a session are repositories of their own, as far as its events tell. Pure."""

import posixpath
from dataclasses import dataclass, field
from functools import lru_cache

from events.wire.folder_names import MAX_CACHED_CHARS, folder_key, leave_worktree
from events.wire.hook_event import HookEvent

MAX_FOLDERS = 50
NO_REPOSITORY = "-"


@dataclass(slots=True)
class RepositoryFolders:
    """What is known of a session: its repository, folders with another one, and folders that are part of its own.

    The client names the repository of the folder in which an event happened. A folder of which nothing is known may be
    either.
    """

    repo: str = ""
    own: list[str] = field(default_factory=list)
    part: list[str] = field(default_factory=list)

    def note_event(self, hook_event: HookEvent, project: str) -> None:
        folder, repo = hook_event.header.project, hook_event.header.repo
        below = relate_folder(folder, project) if folder else None
        if below == "":
            self.repo = repo or NO_REPOSITORY
        elif below and repo and self.repo:
            self._note(self.part if repo == self.repo else self.own, below)

    def note_own(self, folder: str, project: str) -> None:
        """Notes a repository that a command made: `git init`, `git clone`."""
        if below := relate_folder(folder, project):
            self._note(self.own, below)

    def note_part(self, below: str) -> None:
        self._note(self.part, below)

    def _note(self, folders: list[str], below: str) -> None:
        if below not in folders:
            folders.append(below)
            del folders[:-MAX_FOLDERS]

    def get_main_repo(self, default: str) -> str:
        """Returns the repository of the session's folder; empty without one, `default` while nothing is known."""
        return (self.repo if self.repo != NO_REPOSITORY else "") if self.repo else default

    def find_own(self, below: str) -> str:
        """Finds the repository of its own that contains a folder; empty if none is known."""
        return next((one for one in self.own if f"{below}/".startswith(f"{one}/")), "")

    def is_part(self, below: str) -> bool:
        return below in self.part and not self.find_own(below)


def relate_folder(folder: str, project: str) -> str | None:
    """The path of a folder below that of a session; empty for the same, None for any other."""
    is_short = max(len(folder), len(project)) <= MAX_CACHED_CHARS
    return (_cached_relate_folder if is_short else _uncached_relate_folder)(folder, project)


def _uncached_relate_folder(folder: str, project: str) -> str | None:
    whole, top = (posixpath.normpath(leave_worktree(one).replace("\\", "/")) for one in (folder, project or "/"))
    if folder_key(whole) == folder_key(top):
        return ""
    is_below = folder_key(whole[: len(top)]) == folder_key(top) and whole[len(top) : len(top) + 1] == "/"
    return whole[len(top) + 1 :] if is_below else None


_cached_relate_folder = lru_cache(maxsize=1_024)(_uncached_relate_folder)
