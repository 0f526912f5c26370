from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render import line_diff

TEXT = st.lists(st.sampled_from(["a", "b", "c", "", " d"]), max_size=30).map("\n".join)


def told(lines: Iterable[line_diff.DiffLine]) -> list[str]:
    return [f"{line.sign}{line.old_number or '.'}:{line.new_number or '.'} {line.text}" for line in lines]


def test_a_patch_keeps_the_numbers_of_its_lines() -> None:
    hunks = [
        {
            "oldStart": 7,
            "newStart": 9,
            "lines": [" same", "-was", "+is", "+more", " end", "\\ No newline at end of file"],
        },
        {"oldStart": 40, "newStart": 43, "lines": ["-gone"]},
    ]
    assert told(line_diff.diff_patch(hunks)) == [
        " 7:9 same",
        "-8:. was",
        "+.:10 is",
        "+.:11 more",
        " 9:12 end",
        "….:. ",
        "-40:. gone",
    ]


@pytest.mark.parametrize("hunks", [[7], [{"lines": "x"}], [{"lines": [7, None]}], [{"oldStart": "x", "lines": []}]])
def test_what_is_no_patch_has_no_lines(hunks: list[object]) -> None:
    assert list(line_diff.diff_patch(hunks)) == []


LINES = st.lists(st.sampled_from(["-was", "+is", " same", "", "++", "\\ No newline", 7, None]), max_size=9)


@given(st.lists(st.one_of(st.none(), st.fixed_dictionaries({"lines": LINES})), max_size=4))
def test_a_patch_is_counted_as_it_is_read(hunks: list[object]) -> None:
    lines = list(line_diff.diff_patch(hunks))
    assert line_diff.count_patch_changes(hunks) == (line_diff.count_changes(lines) if lines else None)


def test_strings_are_compared_line_by_line() -> None:
    assert told(line_diff.diff_strings("a\nb\nc", "a\nx\nc")) == [" 1:1 a", "-2:. b", "+.:2 x", " 3:3 c"]
    assert line_diff.count_changes(line_diff.diff_strings("a\nb\nc", "a\nx\nc\nd")) == (2, 1)


def test_what_did_not_change_is_left_out_but_for_its_edges() -> None:
    same = [str(number) for number in range(20)]
    lines = line_diff.diff_strings("\n".join(["a", *same, "b"]), "\n".join(["A", *same, "B"]))
    assert told(lines) == [
        "-1:. a", "+.:1 A", " 2:2 0", " 3:3 1", " 4:4 2", "….:. ",
        " 19:19 17", " 20:20 18", " 21:21 19", "-22:. b", "+.:22 B",
    ]  # fmt: skip


def test_long_texts_stand_one_above_the_other() -> None:
    old, new = "\n".join("ab" * 150), "\n".join("ba" * 150)
    lines = list(line_diff.diff_strings(old, new))
    assert [line.sign for line in lines] == ["-"] * 300 + ["+"] * 300
    assert (lines[-1].old_number, lines[-1].new_number) == (None, 300)


def test_several_edits_of_one_file_follow_each_other() -> None:
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "", "new_string": "c"}, 7]
    assert told(line_diff.diff_edits(edits)) == ["-1:. a", "+.:1 b", "….:. ", "+.:1 c"]


@given(TEXT, TEXT)
def test_a_difference_tells_every_change(old: str, new: str) -> None:
    lines = list(line_diff.diff_strings(old, new))
    before, after = old.splitlines(), new.splitlines()
    for line in lines:
        if line.old_number:
            assert before[line.old_number - 1] == line.text
        if line.new_number:
            assert after[line.new_number - 1] == line.text
    came, went = line_diff.count_changes(lines)
    assert len(before) - went == len(after) - came
    assert bool(lines) == (before != after)
