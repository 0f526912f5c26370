import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render.json_view import MAX_JSON_CHARS, MAX_STRING_CHARS, format_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def shown(text: str) -> str:
    return "\n".join(
        f"{line.indent}{f'{line.key}: ' if line.key else ''}{line.value}" for line in format_json(text).lines
    )


@given(JSON)
def test_it_lays_out_as_the_standard_library_would(value: object) -> None:
    assert shown(json.dumps(value)) == json.dumps(value, indent=2)


@pytest.mark.parametrize(
    "text", ['{"a":1e400,"a":0.10,"b":-0.0}', '["\\u0000\\ud83d","\\u202e"]', "123456789012345678901"]
)
def test_what_was_written_is_what_is_shown(text: str) -> None:
    assert shown(text).replace("\n", "").replace(" ", "") == text


def test_a_character_that_hides_is_shown() -> None:
    assert "⟨U+202E⟩" in shown('["a‮b"]')


def test_a_long_string_is_cut_and_says_so() -> None:
    text = shown(json.dumps({"long": "x" * 300_000, "after": 1}))
    assert "more characters)" in text
    assert '"after": 1' in text
    assert len(text) < MAX_STRING_CHARS * 2


def test_a_long_event_is_cut_and_says_so() -> None:
    page = format_json(json.dumps(["x" * 100] * 5_000))
    assert page.is_truncated
    assert sum(map(len, page.lines)) < MAX_JSON_CHARS


def test_deep_nesting_is_shown() -> None:
    assert format_json("[" * 400 + "]" * 400).lines
