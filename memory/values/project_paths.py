"""The path of a file within its project, equal on all machines and in all worktrees. Pure."""

import posixpath
from hashlib import blake2b

from events.wire.folder_names import folder_key, leave_worktree
from events.wire.hook_event import storable_text

MAX_PATH_CHARS, MAX_WHOLE_CHARS = 500, 4_096
MAX_END_CHARS = 400  # of a path that is longer than an index may hold


def list_file_folders(project: str, current: str, repo: str) -> tuple[str, ...]:
    """Lists the folders to which paths of a session are relative: its project, and a repository in which it works.

    `repo` is that of the current folder. Elsewhere one relative path may name several files.
    """
    return (project, current) if repo else (project,)


def relate_path(path: str, folders: tuple[str, ...]) -> str:
    """Returns the path relative to the first folder that contains it, with `/`; else the whole path.

    A longer one than `MAX_PATH_CHARS` becomes a digest and its end. Returns an empty text for what is no path.
    """
    if len(path) > MAX_WHOLE_CHARS:
        return ""
    whole = leave_worktree(path)
    for folder in (leave_worktree(folder) for folder in folders if 0 < len(folder) <= MAX_WHOLE_CHARS):
        rest = _cut_folder(whole, folder)
        if rest is not None:
            return _shorten(rest)
    return _shorten(whole)


def find_whole_path(path: str, project: str, related: str) -> str:
    """Returns the path as the host named it; empty if the related path, alone or in the project, says as much."""
    folder = project.rstrip("/\\")
    is_same_tree = leave_worktree(path[: len(folder)]) == path[: len(folder)] or path.startswith(folder)
    in_project = _cut_folder(path, folder) if folder and is_same_tree else None
    return "" if related in (path, in_project) else storable_text(path, MAX_WHOLE_CHARS)


def _cut_folder(whole: str, folder: str) -> str | None:
    """Returns the path below a folder; None if the folder does not contain it."""
    start, rest = whole[: len(folder)], whole[len(folder) :]
    if rest[:1] not in ("/", "\\") or folder_key(start) != folder_key(folder):
        return None
    return rest.replace("\\", "/").strip("/") if "\\" in folder or rest.startswith("\\") else rest.strip("/")


def _shorten(path: str) -> str:
    """Returns a path that can be stored and is equal for equal paths only. An absolute path stays one."""
    if len(path) <= MAX_PATH_CHARS:
        return storable_text(path, MAX_PATH_CHARS)
    digest = blake2b(path.encode("utf-8", "replace"), digest_size=8).hexdigest()
    end = storable_text(path[-MAX_END_CHARS:], MAX_END_CHARS)
    return f"{'/' if posixpath.isabs(path) else ''}…{digest}/{end.partition('/')[2] or end}"


def list_parents(path: str) -> list[str]:
    """Lists the folders that contain a path, the nearest first."""
    parents = []
    # A page of commits asks for those of ten thousand paths, for which `posixpath.dirname` is slow.
    while path := path[: max(path.rfind("/"), 0)].rstrip("/"):
        parents.append(path)
    return parents


def list_suffixes(path: str) -> list[tuple[str, str]]:
    """Lists the ways to cut a path into a folder, which may be empty, and the path below it; the whole path first."""
    parts = path.split("/")
    return [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(len(parts))]
