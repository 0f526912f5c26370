"""Computes the line differences that a change made to a file, with line numbers. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, takewhile
from typing import NamedTuple

from dashboard.render import render_budget
from events.wire.json_values import get_list, get_number, get_text

CONTEXT_LINES = 3  # unchanged lines around a change
MAX_COMPARED_LINES = 400  # longer texts are not compared: all old lines are shown above all new ones
MAX_EQUAL_PAIRS = 10_000  # pairs of equal lines; with more of them, the comparison takes too long


class DiffLine(NamedTuple):
    """A line of a difference. `sign` is a space, a plus, a minus, or … in place of unchanged lines."""

    sign: str
    old_number: int | None
    new_number: int | None
    text: str


class DiffSize(NamedTuple):
    """The size of a whole difference: added lines, removed lines, and all lines including context."""

    added: int
    removed: int
    line_count: int


class Difference(NamedTuple):
    """The first lines of a difference, the added and removed lines of all of it, and the number of hidden lines."""

    lines: list[DiffLine]
    added: int
    removed: int
    hidden_lines: int = 0


def cut_diff(lines: Iterator[DiffLine], limit: int, size: DiffSize) -> Difference:
    """Cuts a difference to `limit` lines. Further lines are not compared; `size` then gives the totals."""
    head = list(islice(lines, limit))
    if next(lines, None) is None:
        return Difference(head, *count_changes(head))
    return Difference(head, size.added, size.removed, max(1, size.line_count - limit))


def count_changes(lines: Iterable[DiffLine]) -> tuple[int, int]:
    """Counts the added and the removed lines."""
    signs = [line.sign for line in lines]
    return signs.count("+"), signs.count("-")


_OMITTED = DiffLine("…", None, None, "")


def diff_patch(hunks: Sequence[object]) -> Iterator[DiffLine]:
    """Yields the lines of a `structuredPatch`; ignores invalid ones."""
    return _separate_hunks(map(_parse_hunk, hunks))


def _separate_hunks(hunks: Iterable[Iterator[DiffLine]]) -> Iterator[DiffLine]:
    """Yields the lines of hunks, with a separator line between hunks; ignores empty hunks."""
    has_lines = False
    for hunk in hunks:
        for index, line in enumerate(hunk):
            if has_lines and not index:
                yield _OMITTED
            has_lines = True
            yield line


def measure_patch(hunks: Sequence[object]) -> DiffSize:
    added, removed = count_patch_changes(hunks) or (0, 0)
    sizes = [size for hunk in hunks if (size := len(_hunk_lines(hunk)))]
    return DiffSize(added, removed, sum(sizes) + len(sizes) - 1)


def count_patch_changes(hunks: Sequence[object]) -> tuple[int, int] | None:
    """Counts the added and the removed lines of a `structuredPatch` without building them; None if it has no lines."""
    signs = [line[:1] for hunk in hunks for line in _hunk_lines(hunk)]
    return (signs.count("+"), signs.count("-")) if signs else None


def _hunk_lines(hunk: object) -> list[str]:
    # `\ No newline at end of file` is not a line of the file.
    return [line for line in get_list(hunk, "lines") if isinstance(line, str) and not line.startswith("\\")]


def _parse_hunk(hunk: object) -> Iterator[DiffLine]:
    old, new = (int(get_number(hunk, name) or 1) for name in ("oldStart", "newStart"))
    for line in _hunk_lines(hunk):
        sign = line[:1] if line[:1] in "+-" else " "
        yield DiffLine(sign, old if sign != "+" else None, new if sign != "-" else None, line[1:])
        old, new = old + (sign != "+"), new + (sign != "-")


def diff_strings(old: str, new: str) -> Iterator[DiffLine]:
    """Yields the difference between two texts. Line numbers count from the start of the texts."""
    before, after = old.splitlines(), new.splitlines()
    if not _fits_budget(before, after):
        yield from _number_lines(before, "-")
        yield from _number_lines(after, "+")
        return
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES)
    yield from _separate_hunks(_diff_group(group, before, after) for group in groups)


def _fits_budget(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the page may compare these lines. The cost grows with the number of pairs of equal lines."""
    line_count = len(before) + len(after)
    if line_count > MAX_COMPARED_LINES:
        return False
    occurrences = Counter(after)
    pairs = sum(occurrences[line] for line in before)
    return pairs <= MAX_EQUAL_PAIRS and render_budget.current_budget().spend(diff_lines=line_count, diff_pairs=pairs)


OpcodeGroup = Sequence[tuple[str, int, int, int, int]]


def _diff_group(group: OpcodeGroup, before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            same = zip(range(old_start, old_end), range(new_start, new_end), strict=True)
            yield from (DiffLine(" ", old_index + 1, new_index + 1, before[old_index]) for old_index, new_index in same)
        else:
            yield from _number_lines(before[old_start:old_end], "-", old_start)
            yield from _number_lines(after[new_start:new_end], "+", new_start)


def measure_strings(old: str, new: str) -> DiffSize:
    """Measures a difference by the common first and last lines alone: all lines between count as changed."""
    before, after = old.splitlines(), new.splitlines()
    common = _count_common_prefix(before, after)
    before, after = before[common:], after[common:]
    common = _count_common_prefix(before[::-1], after[::-1])
    return DiffSize(len(after) - common, len(before) - common, len(before) + len(after) - 2 * common)


def _count_common_prefix(before: Sequence[str], after: Sequence[str]) -> int:
    """Counts the equal lines at the start of both texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def diff_new_file(content: str) -> Iterator[DiffLine]:
    return _number_lines(content.splitlines(), "+")


def diff_edits(edits: Sequence[object]) -> Iterator[DiffLine]:
    """Yields the differences of several replacements in one file. Their line numbers in the file are unknown."""
    return _separate_hunks(diff_strings(get_text(edit, "old_string"), get_text(edit, "new_string")) for edit in edits)


def measure_edits(edits: Sequence[object]) -> DiffSize:
    sizes = [measure_strings(get_text(edit, "old_string"), get_text(edit, "new_string")) for edit in edits]
    added, removed, line_count = (sum(size[index] for size in sizes) for index in range(3))
    return DiffSize(added, removed, line_count + len(sizes) - 1)


def _number_lines(lines: Sequence[str], sign: str, start: int = 0) -> Iterator[DiffLine]:
    for line_number, line in enumerate(lines, start + 1):
        yield DiffLine(sign, line_number if sign == "-" else None, line_number if sign == "+" else None, line)
