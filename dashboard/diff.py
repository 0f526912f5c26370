"""What a change did to a file, line by line, with the numbers of the lines. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from memory.loose import items, number, text

CONTEXT = 3  # unchanged lines around a change
MOST = 400  # lines that are compared; beyond that the old ones stand above the new ones


class Line(NamedTuple):
    """`sign` is one of: space, plus, minus, and … where unchanged lines are left out."""

    sign: str
    old: int | None
    new: int | None
    text: str


def counts(lines: Iterable[Line]) -> tuple[int, int]:
    """How many lines came, and how many went."""
    signs = [line.sign for line in lines]
    return signs.count("+"), signs.count("-")


def of_patch(hunks: Sequence[object]) -> list[Line]:
    """The lines of a `structuredPatch`, as far as they are ones."""
    lines: list[Line] = []
    for hunk in hunks:
        found = list(_of_hunk(hunk))
        lines += [Line("…", None, None, "")] * bool(lines and found) + found
    return lines


def counts_of_patch(hunks: Sequence[object]) -> tuple[int, int] | None:
    """What `counts` says of the lines of a `structuredPatch`, without making them; None where there are none."""
    signs = [line[:1] for hunk in hunks for line in _lines(hunk)]
    return (signs.count("+"), signs.count("-")) if signs else None


def _lines(hunk: object) -> list[str]:
    # `\ No newline at end of file` is none.
    return [line for line in items(hunk, "lines") if isinstance(line, str) and not line.startswith("\\")]


def _of_hunk(hunk: object) -> Iterator[Line]:
    old, new = (int(number(hunk, name) or 1) for name in ("oldStart", "newStart"))
    for line in _lines(hunk):
        sign = line[:1] if line[:1] in "+-" else " "
        yield Line(sign, old if sign != "+" else None, new if sign != "-" else None, line[1:])
        old, new = old + (sign != "+"), new + (sign != "-")


def of_strings(old: str, new: str) -> list[Line]:
    """The difference between two texts. Numbers count from the beginning of the texts."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) > MOST:
        return list(_numbered(before, "-")) + list(_numbered(after, "+"))
    lines: list[Line] = []
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        lines += [Line("…", None, None, "")] * bool(lines)
        for tag, old_at, old_end, new_at, new_end in group:
            if tag == "equal":
                same = zip(range(old_at, old_end), range(new_at, new_end), strict=True)
                lines += [Line(" ", was + 1, is_ + 1, before[was]) for was, is_ in same]
            else:
                lines += _numbered(before[old_at:old_end], "-", old_at)
                lines += _numbered(after[new_at:new_end], "+", new_at)
    return lines


def of_new_file(content: str) -> list[Line]:
    return list(_numbered(content.splitlines(), "+"))


def of_edits(edits: Sequence[object]) -> list[Line]:
    """Several replacements in one file, one after the other; where in the file is not known."""
    lines: list[Line] = []
    for edit in edits:
        made = of_strings(text(edit, "old_string"), text(edit, "new_string"))
        lines += [Line("…", None, None, "")] * bool(lines and made) + made
    return lines


def _numbered(lines: Sequence[str], sign: str, start: int = 0) -> Iterator[Line]:
    for at, line in enumerate(lines, start + 1):
        yield Line(sign, at if sign == "-" else None, at if sign == "+" else None, line)
