"""What a change did to a file, line by line, with the numbers of the lines. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, takewhile
from typing import NamedTuple

from dashboard.render import render_budget
from events.wire.json_values import items, number, text

CONTEXT = 3  # unchanged lines around a change
MOST = 400  # lines that are compared; beyond that the old ones stand above the new ones
PAIRS = 10_000  # of equal lines: with more of them, comparing takes too long


class Line(NamedTuple):
    """`sign` is one of: space, plus, minus, and … where unchanged lines are left out."""

    sign: str
    old: int | None
    new: int | None
    text: str


class Size(NamedTuple):
    """Of a whole difference: lines that came, lines that went, and all that there is to show."""

    added: int
    removed: int
    shown: int


class Difference(NamedTuple):
    """The first lines of a difference, what the whole of it did, and how many lines are not here."""

    lines: list[Line]
    added: int
    removed: int
    more: int = 0


def beginning(lines: Iterator[Line], limit: int, size: Size) -> Difference:
    """So many lines; beyond them nothing is compared, and the whole counts as `size` says."""
    head = list(islice(lines, limit))
    if next(lines, None) is None:
        return Difference(head, *counts(head))
    return Difference(head, size.added, size.removed, max(1, size.shown - limit))


def counts(lines: Iterable[Line]) -> tuple[int, int]:
    """How many lines came, and how many went."""
    signs = [line.sign for line in lines]
    return signs.count("+"), signs.count("-")


_LEFT_OUT = Line("…", None, None, "")


def of_patch(hunks: Sequence[object]) -> Iterator[Line]:
    """The lines of a `structuredPatch`, as far as they are ones."""
    return _apart(map(_of_hunk, hunks))


def _apart(pieces: Iterable[Iterator[Line]]) -> Iterator[Line]:
    """Lines of several pieces, with a mark between those that have any."""
    began = False
    for piece in pieces:
        for at, line in enumerate(piece):
            if began and not at:
                yield _LEFT_OUT
            began = True
            yield line


def size_of_patch(hunks: Sequence[object]) -> Size:
    came, went = counts_of_patch(hunks) or (0, 0)
    sizes = [size for hunk in hunks if (size := len(_lines(hunk)))]
    return Size(came, went, sum(sizes) + len(sizes) - 1)


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


def of_strings(old: str, new: str) -> Iterator[Line]:
    """The difference between two texts. Numbers count from the beginning of the texts."""
    before, after = old.splitlines(), new.splitlines()
    if not _is_light(before, after):
        yield from _numbered(before, "-")
        yield from _numbered(after, "+")
        return
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    yield from _apart(_of_group(group, before, after) for group in groups)


def _is_light(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the page may compare these lines. What that takes grows with the pairs of equal ones."""
    size = len(before) + len(after)
    if size > MOST:
        return False
    often = Counter(after)
    pairs = sum(often[line] for line in before)
    return pairs <= PAIRS and render_budget.current().take(lines=size, pairs=pairs)


Group = Sequence[tuple[str, int, int, int, int]]


def _of_group(group: Group, before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for tag, old_at, old_end, new_at, new_end in group:
        if tag == "equal":
            same = zip(range(old_at, old_end), range(new_at, new_end), strict=True)
            yield from (Line(" ", was + 1, is_ + 1, before[was]) for was, is_ in same)
        else:
            yield from _numbered(before[old_at:old_end], "-", old_at)
            yield from _numbered(after[new_at:new_end], "+", new_at)


def size_of_strings(old: str, new: str) -> Size:
    """The same without comparing more than how both begin and end: every line between has changed."""
    before, after = old.splitlines(), new.splitlines()
    same = _alike(before, after)
    before, after = before[same:], after[same:]
    same = _alike(before[::-1], after[::-1])
    return Size(len(after) - same, len(before) - same, len(before) + len(after) - 2 * same)


def _alike(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def of_new_file(content: str) -> Iterator[Line]:
    return _numbered(content.splitlines(), "+")


def of_edits(edits: Sequence[object]) -> Iterator[Line]:
    """Several replacements in one file, one after the other; where in the file is not known."""
    return _apart(of_strings(text(edit, "old_string"), text(edit, "new_string")) for edit in edits)


def size_of_edits(edits: Sequence[object]) -> Size:
    sizes = [size_of_strings(text(edit, "old_string"), text(edit, "new_string")) for edit in edits]
    added, removed, shown = (sum(size[at] for size in sizes) for at in range(3))
    return Size(added, removed, shown + len(sizes) - 1)


def _numbered(lines: Sequence[str], sign: str, start: int = 0) -> Iterator[Line]:
    for at, line in enumerate(lines, start + 1):
        yield Line(sign, at if sign == "-" else None, at if sign == "+" else None, line)
