"""Compares the names of folders: one folder has several spellings, and a worktree belongs to its repository. Pure."""

from functools import lru_cache

from events.wire import patterns

_SEPARATOR = "/"


# The events of a session name the same few folders. A name has at most some thousand characters.
@lru_cache(maxsize=1_024)
def folder_key(name: str) -> str:
    """Returns the key of a folder or a repository, which is equal for all spellings of a project.

    A worktree of the host has the key of the folder that contains it. Windows ignores case, accepts both separators,
    and is mounted at `/mnt/c` in its Linux. Any other name is its own key.
    """
    if drive := patterns.WINDOWS_DRIVE.match(name):
        name = f"{drive[1] or drive[2]}:{name[drive.end() :]}".replace("\\", _SEPARATOR).casefold()
    elif name.startswith("\\\\"):
        name = name.replace("\\", _SEPARATOR).casefold()
    return leave_worktree(name)


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
