"""Finds the files that a shell command moved or deleted. Pure.

Only what the words of the command say for certain: a command with variables or wildcards in a name is left out.
"""

import posixpath
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAX_COMMAND_CHARS, MAX_MOVES = 4_000, 50
_SEPARATORS = ";&|()<>\n"
_UNCERTAIN = frozenset("$*?[{~`")


@dataclass(frozen=True, slots=True)
class Move:
    """A file or folder that was moved; `new` is empty if it was deleted. Paths are joined with the command's folder."""

    old: str
    new: str = ""


def find_moves(command: str, folder: str) -> list[Move]:
    """Finds what a command moved or deleted. `folder` is the folder in which it ran."""
    moves: list[Move] = []
    for words in _split_commands(command[:MAX_COMMAND_CHARS].replace("\\\n", " ")):
        words, is_git = (words[1:], True) if words[0] == "git" else (words, False)
        arguments = [word for word in words[1:] if not word.startswith("-")]
        if not words or any(not _UNCERTAIN.isdisjoint(word) for word in arguments):
            continue
        if words[0] == "cd" and len(arguments) == 1:
            folder = posixpath.join(folder, arguments[0])
        elif is_git or words[0] == "mv":
            finder = MOVE_FINDERS.get(words[0])
            moves += finder([_join(folder, one) for one in arguments]) if finder else ()
    return moves[:MAX_MOVES]


def _split_commands(command: str) -> Iterator[list[str]]:
    """Splits a command line into the words of its commands; yields nothing if a quotation does not end."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    words: list[str] = []
    try:
        for word in [*lexer, ";"]:
            if not word or set(word) <= set(_SEPARATORS):
                if word[:1] in ("<", ">") and words[-1:] and words[-1].isdigit():
                    words.pop()  # the number of a stream: `2>/dev/null`
                if words:
                    yield words
                words = []
            else:
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
