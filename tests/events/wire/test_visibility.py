"""Hidden characters are found in all of Unicode. Those that scripts and emoji need stay, one at a time."""

import random
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.wire import unicode_table, visibility
from events.wire.visibility import replace_backticks, replace_hidden, strip_hidden
from memory.context.quoting import blank_hidden, quote, quote_block
from script import unicode_table as generator

pytestmark = pytest.mark.sweep

# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, copied here independently of the generator.
IGNORABLE = """
ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff ffa0 fff0-fff8
1bca0-1bca3 1d173-1d17a e0000-e0fff
"""
BLANK = "2800 2d7f fffc 1107f 13441-13442 16fe4 1bc9d 1d159 1da7f-1da80"
STACKERS = "1039 17d2 1a60 1bab aaf6 10a3f 11133 113d0 1193e 11a47 11a99 11d45 11d97 11f42"
SIGNS = "1da9b-1da9f 1daa1-1daaf"
NOT_PRINTED = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
EVERY = [chr(point) for point in range(0x110000)]
# All characters that can be encoded, but only a sample of the private and unassigned ones.
FEWER = [
    char
    for point, char in enumerate(EVERY)
    if (kind := unicodedata.category(char)) != "Cs" and (kind not in ("Cn", "Co") or point % 97 == 0)
]
HIDDEN = visibility.to_chars(unicode_table.HIDDEN)
MUST_HIDE = visibility.to_chars(f"{IGNORABLE} {BLANK} {STACKERS} {SIGNS}")


def test_the_table_is_what_its_program_writes() -> None:
    assert generator.OUTPUT_PATH.read_text() == generator.render_module()


def test_what_is_ignored_blank_or_not_printed_is_hidden() -> None:
    must = MUST_HIDE | {char for char in EVERY if unicodedata.category(char) in NOT_PRINTED}
    assert must - HIDDEN == set()


def test_nothing_else_is() -> None:
    more = HIDDEN - MUST_HIDE - {char for char in EVERY if unicodedata.category(char) in NOT_PRINTED}
    # Also unassigned in the older Unicode tables of Python.
    assert {unicodedata.category(char) for char in more} == {"Cn"}


def test_every_hidden_character_is_taken_out_between_letters() -> None:
    hidden = [char for char in FEWER if char in HIDDEN]
    assert strip_hidden("".join(f"a{char}" for char in hidden)) == "a" * len(hidden)
    assert strip_hidden("".join(HIDDEN)) == ""


def test_every_other_character_stays() -> None:
    text = "".join(f"{char} " for char in EVERY if char not in HIDDEN)
    assert replace_hidden(text, lambda run: "?") == text


def test_lines_keep_their_ends_and_tabs() -> None:
    assert replace_hidden("a\n\tb\r\x0b\u2028c", lambda run: "?" * len(run), in_lines=True) == "a\n\tb???c"


@pytest.mark.parametrize(
    "text",
    [
        "👩‍🔬 👨‍👩‍👧‍👦 👩🏽‍💻 🧑🏿‍🚀",
        "✔️ ☎︎ ©️ ↔️ 1️⃣ #️⃣",
        "می‌خواهم نامه‌ای",
        "क्‍ष र‍् श्‍री",
        "ക്‍ ന്‍",
        "සිංහල ශ්‍රී",
        "ខ្មែរ ស្រ្តី",
        "မြန်မာ က္က",
        "ᠮᠣᠩᠭᠣᠯ ᠠ᠋",
        "naïve Z͑ A\u030a é 한국어 日本語 𝔘",
    ],
    ids=["zwj", "presentation", "persian", "hindi", "malayalam", "sinhala", "khmer", "burmese", "mongolian", "others"],
)
def test_what_a_script_needs_stays(text: str) -> None:
    assert replace_hidden(text, lambda run: "?") == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("❤️‍🔥", "❤‍🔥"),
        ("a\u200db\u200cc", "abc"),
        ("a\u0301\u200d", "a\u0301"),
        ("a\ufe0f1\ufe0f日\ufe0f日\U000e0101", "a1日日"),
        ("👩\u200d", "👩"),
        ("👩\u200dx", "👩x"),
        ("👩\u200d\u200d👩", "👩👩"),
        ("✔\ufe0f\ufe0e\ufe0f", "✔"),
        ("क\u200d\u200c\u200d", "क"),
        ("क" + "\u200d़" * 3, "क\u200d़़़"),
        ("क" + "़" * 99 + "\u200d", "क" + "़" * 99),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("ក\u17d2", "ក"),
        ("a\u17d2ក", "aក"),
        ("a\u180bᠠ\u180b\u180c", "aᠠ"),
    ],
)
def test_one_stays_where_it_may_and_a_run_never(text: str, seen: str) -> None:
    assert strip_hidden(text) == seen


TROUBLE = [
    *"ab1#日कាក♥👩🏽ᠠم़\u0301\u20e3\u0654",
    *(char for rule in visibility._RULES for char in rule),
    "\u200b",
    "\n",
]


@given(st.lists(st.sampled_from(TROUBLE), max_size=60).map("".join))
def test_no_two_hidden_characters_are_left_together(text: str) -> None:
    seen = strip_hidden(text)
    assert not any(one in HIDDEN and other in HIDDEN for one, other in pairwise(seen))
    # A second pass changes nothing more.
    assert strip_hidden(seen) == seen
    assert [char for char in seen if char not in HIDDEN] == [char for char in text if char not in HIDDEN]


@pytest.mark.parametrize(
    "bit",
    ["a", "日", "\ufe0f", "👩\u200d", "क\u200d", "क़\u200d", "a\u0301", "\U000e0041", "\n", "😀", "\u200ba", "़\u200d"],
)
def test_it_is_linear(bit: str) -> None:
    def took(times: int) -> float:
        text = "क" + bit * times
        starts = []
        for _ in range(3):
            start = time.process_time()
            replace_hidden(text, lambda run: "?" * len(run))
            starts.append(time.process_time() - start)
        return min(starts)

    # Eight times the text may take twice eight times as long, plus what the clock cannot resolve.
    assert took(80_000) <= 16 * took(10_000) + 0.02


FORMS: tuple[Literal["NFC", "NFKC", "NFD", "NFKD"], ...] = ("NFC", "NFKC", "NFD", "NFKD")


def test_nothing_quoted_is_a_backtick_in_any_normal_form() -> None:
    dice = random.Random(5)
    chars = dice.sample(FEWER, len(FEWER))
    for at in range(0, len(chars), 4_000):
        shown = quote("x" + "".join(chars[at : at + 4_000]), 100_000)
        for form in FORMS:
            assert unicodedata.normalize(form, shown).count("`") == 2, form
    for mark in (char for char in chars if unicodedata.combining(char)):
        text = replace_backticks(f" {mark}´{mark}\u02cb{mark}\u1fef")
        assert not any("`" in unicodedata.normalize(form, text) for form in FORMS), hex(ord(mark))


@pytest.mark.parametrize(
    "show", [blank_hidden, quote_block, lambda text: quote(text, len(text))], ids=["plain", "block", "quoted"]
)
def test_nothing_hidden_and_no_other_space_is_in_what_a_model_reads(show: Callable[[str], str]) -> None:
    few = [
        char for point, char in enumerate(EVERY) if unicodedata.category(char) not in ("Cn", "Co") or point % 97 == 0
    ]
    shown = show("".join(f"a{char}" for char in few if not "\ud800" <= char <= "\udfff"))
    assert not HIDDEN & set(shown) - {"\n"}
    assert {char for char in shown if unicodedata.category(char) == "Zs"} <= {" "}
