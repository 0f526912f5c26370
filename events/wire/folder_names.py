"""Compares the names of folders: one folder has several spellings, and a worktree belongs to its repository. Pure."""

from functools import lru_cache

from events.wire import patterns

_SEPARATOR = "/"
MAX_CACHED_CHARS = 4_096  # a payload may name a folder of a megabyte


def folder_key(name: str) -> str:
    """Returns the key of a folder or a repository, which is equal for all spellings of a project.

    A worktree of the host has the key of the folder that contains it. Windows ignores case, accepts both separators,
    and is mounted at `/mnt/c` in its Linux. Any other name is its own key.
    """
    return _cached_folder_key(name) if len(name) <= MAX_CACHED_CHARS else _uncached_folder_key(name)


def _uncached_folder_key(name: str) -> str:
    if drive := patterns.WINDOWS_DRIVE.match(name):
        name = f"{drive[1] or drive[2]}:{name[drive.end() :]}".replace("\\", _SEPARATOR).casefold()
    elif name.startswith("\\\\"):
        name = name.replace("\\", _SEPARATOR).casefold()
    return leave_worktree(name)


# The events of a session name the same few folders.
_cached_folder_key = lru_cache(maxsize=1_024)(_uncached_folder_key)


def leave_worktree(name: str) -> str:
    """Returns the same folder outside of the worktree of the host that contains it, without separators at its end."""
    while worktree := patterns.HOST_WORKTREE.search(name):
        name = name[: worktree.start()] + name[worktree.end() :]
    return name.rstrip("/\\") or name


def display_folder(name: str) -> str:
    """Returns the name under which a project is shown: outside of worktrees, the letter of a drive in upper case."""
    shown = leave_worktree(name)
    is_drive = patterns.WINDOWS_DRIVE.match(shown) and shown[1:2] == ":"
    return shown[0].upper() + shown[1:] if is_drive else shown
