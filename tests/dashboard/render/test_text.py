import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render.safe_text import first_line, make_visible, one_line
from tests.dashboard.hostile import UNSEEN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines", "two\nlines"),
        ("dos\r\nlines", "dos\nlines"),
        ("\x1b[31m", "␛[31m"),
        ("\x00", "␀"),
        ("\x7f", "␡"),
        ("a‮b", "a⟨U+202E⟩b"),
        ("​", "⟨U+200B⟩"),
        ("\ud83d", "⟨U+D83D⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("👩‍🔬 日本 עברית", "👩‍🔬 日本 עברית"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert make_visible(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("a\n  b\tc", 20, "a b c"),
        ("  spread  ", 20, "spread"),
        ("abcdef", 4, "abc…"),
        ("x" * 1_000_000, 5, "xxxx…"),
        ("", 5, ""),
    ],
)
def test_one_line_is_short_and_one_line(text: str, limit: int, shown: str) -> None:
    assert one_line(text, limit) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one", "one"),
        ("\n\n one \ntwo", "one …"),
        (" ", ""),
        ("a‮\nb", "a⟨U+202E⟩ …"),
    ],
)
def test_the_first_line_tells_that_there_are_more(text: str, shown: str) -> None:
    assert first_line(text, 40) == shown


@given(st.text(st.characters(), max_size=400), st.integers(2, 50))
def test_nothing_is_hidden_and_nothing_is_long(text: str, limit: int) -> None:
    for made in (one_line(text, limit), first_line(text, limit)):
        assert len(made) <= limit + 2
        assert not {"\n", "\r", *UNSEEN} & set(made)
        made.encode()
    assert not set(UNSEEN) & set(make_visible(text))
