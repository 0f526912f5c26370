"""Which files commands put into the next commit, by the names that `memory.models.GitAct.paths` has. Pure."""

import posixpath
from dataclasses import dataclass

from events.wire.folder_names import folder_key, leave_worktree
from events.wire.hook_event import storable_text
from memory.rules.changes.commit_staging import ALL_PATHS, OUTSIDE
from memory.rules.changes.git_commands import GitCall
from memory.rules.changes.repository_folders import RepositoryFolders, relate_folder
from memory.values.project_paths import relate_path

PATTERN_CHARS = frozenset("*?[$`{~\n")
# Options of `git add` that name no files.
_ALL_OPTIONS = (("--all", "A"), ("--update", "u"), ("--patch", "p"), ("--interactive", "i"))


@dataclass(frozen=True, slots=True)
class StagedPaths:
    """Names files relative to the folder of a session. `folders` are repositories within it."""

    project: str
    folders: RepositoryFolders

    def list_added(self, call: GitCall) -> list[str]:
        """Lists the files of `git add` and the like."""
        is_all = not call.arguments and any(call.has_option(*option) for option in _ALL_OPTIONS)
        return [self._name_all(call.folder)] if is_all else self._list_paths(call, call.arguments)

    def list_committed(self, call: GitCall, staged: list[str]) -> list[str]:
        """Lists the files that `git commit` itself names, beside those that are staged."""
        if self.is_elsewhere(call.folder) or call.has_option("--all", "a"):
            return [self._name_all(call.folder)]
        # Without options the words may be messages: only names behind `--` are files for certain.
        if "--" in call.words:
            return self._list_paths(call, call.words[call.words.index("--") + 1 :])
        whole, own = self._name_all(call.folder), self.find_own(call.folder)
        has_staged = any(is_within(path, own) for path in staged)
        return [] if whole == ALL_PATHS or has_staged else [whole]

    def list_outside(self, call: GitCall) -> list[str]:
        """Lists the repositories within the folder, of which a commit of the outer one holds nothing."""
        if self.is_elsewhere(call.folder) or self.find_own(call.folder):
            return []
        return [f"{OUTSIDE}{own}" for own in self.folders.own]

    def find_own(self, folder: str) -> str:
        """Finds the repository of its own in which a command ran; empty for that of the session, or if unknown."""
        return self.folders.find_own(relate_folder(folder, self.project) or "")

    def _name_all(self, folder: str) -> str:
        """Names all files of the repository of a folder. One that may be a repository of its own counts as one."""
        if self.is_elsewhere(folder):
            return _store_folder(folder)
        below = relate_folder(folder, self.project) or ""
        is_whole = not below or self.folders.is_part(below) or not PATTERN_CHARS.isdisjoint(below)
        return ALL_PATHS if is_whole else storable_text(self.folders.find_own(below) or below, 500)

    def is_elsewhere(self, folder: str) -> bool:
        """Whether a folder has nothing in common with that of the session, so that its repository is another one."""
        own, other = (folder_key(leave_worktree(one)).rstrip("/") for one in (self.project, _normalize(folder)))
        is_known = posixpath.isabs(own) and posixpath.isabs(other) and PATTERN_CHARS.isdisjoint(other)
        return is_known and not f"{own}/".startswith(f"{other}/") and not f"{other}/".startswith(f"{own}/")

    def _list_paths(self, call: GitCall, names: tuple[str, ...]) -> list[str]:
        """Lists the named paths as they are stored; a pattern or a variable may be any file."""
        paths = []
        for name in names:
            whole = _normalize(posixpath.join(call.folder, name))
            is_project = whole == _normalize(self.project or "/")
            path = "" if is_project else relate_path(whole, (self.project,))
            paths.append(path if path and PATTERN_CHARS.isdisjoint(path) else ALL_PATHS)
        return paths


def is_within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _normalize(path: str) -> str:
    return posixpath.normpath(path)


def _store_folder(path: str) -> str:
    return storable_text(_normalize(path), 500)
