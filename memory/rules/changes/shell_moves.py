"""Finds the files that a shell command moved or deleted. Pure.

Only what the words of the command say for certain: a command with variables or wildcards in a name is left out.
"""

import posixpath
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from memory.rules.changes.git_commands import GitCall, read_git
from memory.rules.changes.shell_words import MAX_DEPTH, FolderTrail, find_script, unwrap

MAX_COMMAND_CHARS, MAX_MOVES = 4_000, 50
_SEPARATORS = ";&|()<>\n"
# A word may be quoted in parts: `m"v"`.
_QUOTING = str.maketrans("", "", "\"'\\\n")
_UNCERTAIN = frozenset("$*?[{~`")


@dataclass(frozen=True, slots=True)
class Move:
    """A file or folder that was moved; `new` is empty if it was deleted. Paths are joined with the command's folder."""

    old: str
    new: str = ""


def find_moves(command: str, folder: str, root: str = "") -> list[Move]:
    """Finds what a command moved or deleted. `folder` is the folder in which it ran, `root` that of its session."""
    if not _may_move(command):
        return []
    trail = FolderTrail(folder, root)
    return list(islice(_iter_moves(command[:MAX_COMMAND_CHARS].replace("\\\n", " "), trail), MAX_MOVES))


def _may_move(command: str) -> bool:
    """Whether one of the words may be a command that moves or deletes: most commands need not be split."""
    letters = command.translate(_QUOTING)
    return any(name in letters for name in MOVE_FINDERS)


def _iter_moves(command: str, trail: FolderTrail, depth: int = 0) -> Iterator[Move]:
    for part, separator in _split_commands(command):
        words = unwrap(part)
        if script := find_script(words) if depth < MAX_DEPTH else "":
            yield from _iter_moves(script, FolderTrail(trail.folder, trail.folder), depth + 1)
        elif not any(_is_uncertain(word) for word in words[1:]) and not trail.enter(words):
            yield from _read_moves(words, trail.folder)
        trail.cross(separator)


def _is_uncertain(word: str) -> bool:
    return not word.startswith("-") and not _UNCERTAIN.isdisjoint(word)


def _read_moves(words: list[str], folder: str) -> list[Move]:
    """Reads `mv`, `git mv` and `git rm`: what `rm` alone deletes was often never part of a project."""
    call = GitCall("mv", tuple(words[1:]), folder) if words[:1] == ["mv"] else None
    call = read_git(words[1:], folder) if words[:1] == ["git"] else call
    finder = MOVE_FINDERS.get(call.name) if call else None
    return finder([_join(call.folder, one) for one in call.arguments]) if call and finder else []


def _split_commands(command: str) -> Iterator[tuple[list[str], str]]:
    """Splits a command line into the words of its commands, each with what ends it; nothing if a quotation is open."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    words: list[str] = []
    try:
        for word in [*lexer, ";"]:
            if word and set(word) <= set(_SEPARATORS):
                if word[:1] in ("<", ">") and words[-1:] and words[-1].isdigit():
                    words.pop()  # the number of a stream: `2>/dev/null`
                yield words, word
                words = []
            elif word:
                words.append(word)
    except ValueError:
        return


def _join(folder: str, name: str) -> str:
    is_folder = name.endswith("/")
    joined = posixpath.normpath(posixpath.join(folder, name))
    return f"{joined}/" if is_folder else joined


def _list_moved(paths: list[str]) -> list[Move]:
    if len(paths) < 2:
        return []
    *sources, target = (path.rstrip("/") or path for path in paths)
    into = paths[-1].endswith("/") or len(sources) > 1 or _looks_like_folder(target, sources[0])
    return [Move(one, posixpath.join(target, posixpath.basename(one)) if into else target) for one in sources]


def _looks_like_folder(target: str, source: str) -> bool:
    """Whether a file with a suffix was moved to a name without one."""
    return "." in posixpath.basename(source)[1:] and "." not in posixpath.basename(target)


def _list_deleted(paths: list[str]) -> list[Move]:
    return [Move(path.rstrip("/")) for path in paths]


MOVE_FINDERS: dict[str, Callable[[list[str]], list[Move]]] = {"mv": _list_moved, "rm": _list_deleted}
