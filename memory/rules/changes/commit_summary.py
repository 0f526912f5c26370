"""Reads which files a commit created, deleted and moved, from the lines that git prints below its subject. Pure.

Git does not translate these lines, and names files from the top of the repository.
"""

from dataclasses import dataclass
from re import Match

from events.wire import patterns

MAX_FILES = 300
_LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A file of a commit: `old` is empty for one that is new, `new` for one that was deleted."""

    old: str
    new: str


def read_summary(lines: list[str]) -> list[SummaryLine]:
    """Reads the lines ` create mode 100644 a`, ` delete mode 100644 a` and ` rename a/{b => c}/d (97%)`."""
    found = []
    for line in lines:
        if mode := patterns.GIT_MODE_LINE.fullmatch(line):
            name = _unquote(mode[2])
            found.append(SummaryLine("", name) if mode[1] == "create" else SummaryLine(name, ""))
        elif rename := patterns.GIT_RENAME_LINE.fullmatch(line):
            old, new = _expand(rename[2])
            found.append(SummaryLine(old if rename[1] == "rename" else "", new))
    return [one for one in found if one.old != one.new][:MAX_FILES]


def _expand(names: str) -> tuple[str, str]:
    """Splits `a/{b => c}/d`, where one of the two may be empty, or `a => b`."""
    start, opening, rest = names.partition("{")
    middle, closing, end = rest.rpartition("}")
    if opening and closing and " => " in middle:
        old, _, new = middle.partition(" => ")
        return _join(start, old, end), _join(start, new, end)
    old, _, new = names.partition(" => ")
    return _unquote(old), _unquote(new)


def _join(start: str, middle: str, end: str) -> str:
    return start + (middle + end if middle else end.removeprefix("/"))


def _unquote(name: str) -> str:
    """Reads a name that git quotes because of its signs: bytes in octal digits, and letters for control characters."""
    if len(name) < 2 or name[0] != '"' or name[-1] != '"':
        return name
    return patterns.GIT_ESCAPE.sub(_read_escape, name[1:-1].encode()).decode(errors="replace")


def _read_escape(found: Match[bytes]) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8) & 0xFF]) if len(sign) == 3 else _LETTERS.get(sign, sign)
