"""The path of a file within its project, equal on all machines and in all worktrees. Pure."""

import posixpath

from events.wire.folder_names import folder_key, leave_worktree
from events.wire.hook_event import storable_text

MAX_PATH_CHARS, MAX_WHOLE_CHARS = 500, 4_096


def relate_path(path: str, folders: tuple[str, ...]) -> str:
    """Returns the path relative to the first folder that contains it, with `/`; else the whole path.

    Returns an empty text for a path that is too long to be stored.
    """
    if len(path) > MAX_WHOLE_CHARS:
        return ""
    whole = leave_worktree(path)
    for folder in (leave_worktree(folder) for folder in folders if 0 < len(folder) <= MAX_WHOLE_CHARS):
        start, rest = whole[: len(folder)], whole[len(folder) :]
        if rest[:1] in ("/", "\\") and folder_key(start) == folder_key(folder):
            whole = rest.replace("\\", "/").strip("/") if "\\" in folder or rest.startswith("\\") else rest.strip("/")
            break
    return "" if len(whole) > MAX_PATH_CHARS else storable_text(whole, MAX_PATH_CHARS)


def list_parents(path: str) -> list[str]:
    """Lists the folders that contain a path, the nearest first."""
    parents = []
    while (path := posixpath.dirname(path)) not in ("", "/"):
        parents.append(path)
    return parents


def list_suffixes(path: str) -> list[tuple[str, str]]:
    """Lists the ways to cut a path into a folder, which may be empty, and the path below it; the whole path first."""
    parts = path.split("/")
    return [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(len(parts))]
