"""What a change did to a file, line by line, with the numbers of the lines. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, takewhile
from typing import NamedTuple

from dashboard.render import render_budget
from events.wire.json_values import get_list, get_number, get_text

CONTEXT_LINES = 3  # unchanged lines around a change
MAX_COMPARED_LINES = 400  # lines that are compared; beyond that the old ones stand above the new ones
MAX_EQUAL_PAIRS = 10_000  # of equal lines: with more of them, comparing takes too long


class DiffLine(NamedTuple):
    """`sign` is one of: space, plus, minus, and … where unchanged lines are left out."""

    sign: str
    old_number: int | None
    new_number: int | None
    text: str


class DiffSize(NamedTuple):
    """Of a whole difference: lines that came, lines that went, and all that there is to show."""

    added: int
    removed: int
    line_count: int


class Difference(NamedTuple):
    """The first lines of a difference, what the whole of it did, and how many lines are not here."""

    lines: list[DiffLine]
    added: int
    removed: int
    hidden_lines: int = 0


def cut_diff(lines: Iterator[DiffLine], limit: int, size: DiffSize) -> Difference:
    """So many lines; beyond them nothing is compared, and the whole counts as `size` says."""
    head = list(islice(lines, limit))
    if next(lines, None) is None:
        return Difference(head, *count_changes(head))
    return Difference(head, size.added, size.removed, max(1, size.line_count - limit))


def count_changes(lines: Iterable[DiffLine]) -> tuple[int, int]:
    """How many lines came, and how many went."""
    signs = [line.sign for line in lines]
    return signs.count("+"), signs.count("-")


_OMITTED = DiffLine("…", None, None, "")


def diff_patch(hunks: Sequence[object]) -> Iterator[DiffLine]:
    """The lines of a `structuredPatch`, as far as they are ones."""
    return _separate_hunks(map(_parse_hunk, hunks))


def _separate_hunks(hunks: Iterable[Iterator[DiffLine]]) -> Iterator[DiffLine]:
    """Lines of several pieces, with a mark between those that have any."""
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
    """What `count_changes` says of the lines of a `structuredPatch`, without making them; None where there are none."""
    signs = [line[:1] for hunk in hunks for line in _hunk_lines(hunk)]
    return (signs.count("+"), signs.count("-")) if signs else None


def _hunk_lines(hunk: object) -> list[str]:
    # `\ No newline at end of file` is none.
    return [line for line in get_list(hunk, "lines") if isinstance(line, str) and not line.startswith("\\")]


def _parse_hunk(hunk: object) -> Iterator[DiffLine]:
    old, new = (int(get_number(hunk, name) or 1) for name in ("oldStart", "newStart"))
    for line in _hunk_lines(hunk):
        sign = line[:1] if line[:1] in "+-" else " "
        yield DiffLine(sign, old if sign != "+" else None, new if sign != "-" else None, line[1:])
        old, new = old + (sign != "+"), new + (sign != "-")


def diff_strings(old: str, new: str) -> Iterator[DiffLine]:
    """The difference between two texts. Numbers count from the beginning of the texts."""
    before, after = old.splitlines(), new.splitlines()
    if not _fits_budget(before, after):
        yield from _number_lines(before, "-")
        yield from _number_lines(after, "+")
        return
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES)
    yield from _separate_hunks(_diff_group(group, before, after) for group in groups)


def _fits_budget(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the page may compare these lines. What that takes grows with the pairs of equal ones."""
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
    """The same without comparing more than how both begin and end: every line between has changed."""
    before, after = old.splitlines(), new.splitlines()
    common = _count_common_prefix(before, after)
    before, after = before[common:], after[common:]
    common = _count_common_prefix(before[::-1], after[::-1])
    return DiffSize(len(after) - common, len(before) - common, len(before) + len(after) - 2 * common)


def _count_common_prefix(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def diff_new_file(content: str) -> Iterator[DiffLine]:
    return _number_lines(content.splitlines(), "+")


def diff_edits(edits: Sequence[object]) -> Iterator[DiffLine]:
    """Several replacements in one file, one after the other; where in the file is not known."""
    return _separate_hunks(diff_strings(get_text(edit, "old_string"), get_text(edit, "new_string")) for edit in edits)


def measure_edits(edits: Sequence[object]) -> DiffSize:
    sizes = [measure_strings(get_text(edit, "old_string"), get_text(edit, "new_string")) for edit in edits]
    added, removed, line_count = (sum(size[index] for size in sizes) for index in range(3))
    return DiffSize(added, removed, line_count + len(sizes) - 1)


def _number_lines(lines: Sequence[str], sign: str, start: int = 0) -> Iterator[DiffLine]:
    for line_number, line in enumerate(lines, start + 1):
        yield DiffLine(sign, line_number if sign == "-" else None, line_number if sign == "+" else None, line)
