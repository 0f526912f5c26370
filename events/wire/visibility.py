"""Finds hidden characters in captured text, so that no reader, person or model, misses a part of the text. Pure.

A hidden character prints nothing and is no space, by the properties of Unicode (`events.wire.unicode_table`): controls,
formats, fillers, selectors, tags, blank glyphs. A single joiner or selector stays after a character of a script or an
emoji that needs it. A run of them never stays, because a run can carry a text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from events.wire import unicode_table as table

# Visible marks that are skipped between a letter and its joiner; scripts need only a few.
MAX_MARKS = 8
_ZWNJ, _ZWJ, _SELECTORS = "\u200c", "\u200d", "\ufe0e\ufe0f"
_MONGOLIAN_SELECTORS = "\u180b\u180c\u180d\u180e\u180f"
_KEYCAP = frozenset("\u20e3")


def to_char_class(ranges: str) -> str:
    """Converts ranges of the table to the content of a character class."""
    ends = (part.partition("-") for part in ranges.split())
    return "".join(f"\\U{int(first, 16):08x}-\\U{int(last or first, 16):08x}" for first, _, last in ends)


def to_chars(ranges: str) -> frozenset[str]:
    """Converts ranges of the table to the set of their characters."""
    ends = (part.partition("-") for part in ranges.split())
    return frozenset(chr(p) for first, _, last in ends for p in range(int(first, 16), int(last or first, 16) + 1))


def _compile_patterns(hidden: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiles a pattern for runs of characters that are hidden or beyond the first plane, and one for hidden runs.

    `re` checks all ranges beyond the first plane for each character; the first pattern avoids this for most
    characters.
    """
    first_plane = " ".join(part for part in hidden.split() if len(part.partition("-")[0]) <= 4)
    return re.compile(f"[{to_char_class(first_plane)}\U00010000-\U0010ffff]+"), re.compile(
        f"[{to_char_class(hidden)}]+"
    )


_HIDDEN_PATTERNS, _HIDDEN_IN_LINES_PATTERNS = _compile_patterns(table.HIDDEN), _compile_patterns(table.HIDDEN_IN_LINES)
_BACKTICKS = dict.fromkeys(map(ord, to_chars(table.BACKTICKS)), "'")
_MARKS, _PICTURES, _JOINED = to_chars(table.MARKS), to_chars(table.PICTURES), to_chars(table.JOINED)
_STACKED = to_chars(table.STACKED)


@dataclass(frozen=True, slots=True)
class _JoinerRule:
    """Characters after which a joiner may stay (marks are skipped), and before which it may stay (None: before any)."""

    after: frozenset[str]
    before: frozenset[str] | None = None

    def allows(self, base: str, following: str) -> bool:
        return base in self.after and (self.before is None or following in self.before)


_RULES: dict[str, tuple[_JoinerRule, ...]] = {
    _ZWNJ: (_JoinerRule(_JOINED),),
    _ZWJ: (_JoinerRule(_JOINED), _JoinerRule(_PICTURES, _PICTURES)),
    **dict.fromkeys(_SELECTORS, (_JoinerRule(to_chars(table.EMOJI)), _JoinerRule(frozenset("0123456789#*"), _KEYCAP))),
    **dict.fromkeys(_MONGOLIAN_SELECTORS, (_JoinerRule(to_chars(table.MONGOLIAN)),)),
    **dict.fromkeys(to_chars(table.STACKERS), (_JoinerRule(_STACKED, _STACKED),)),
    **dict.fromkeys(to_chars(table.SIGN_MODIFIERS), (_JoinerRule(to_chars(table.SIGN_WRITING)),)),
    "\u2d7f": (_JoinerRule(to_chars(table.TIFINAGH), to_chars(table.TIFINAGH)),),
    "\U0001107f": (_JoinerRule(to_chars(table.BRAHMI_NUMBERS), to_chars(table.BRAHMI_NUMBERS)),),
    "\U0001bc9d": (_JoinerRule(to_chars(table.DUPLOYAN)),),
}


def replace_hidden(text: str, replace: Callable[[str], str], *, in_lines: bool = False) -> str:
    """Replaces each run of hidden characters; with `in_lines`, line feeds and tabs stay.

    Takes time linear in the text, and returns the text unchanged if it has no hidden characters.
    """
    if text.isascii() and text.isprintable():
        return text  # nearly all lines: a tenth of the time of the pattern
    suspects, hidden = _HIDDEN_IN_LINES_PATTERNS if in_lines else _HIDDEN_PATTERNS

    def replace_runs(suspect: re.Match[str]) -> str:
        at, parts = suspect.start(), []
        for run in hidden.finditer(text, *suspect.span()):
            parts += [text[at : run.start()], _needed_joiner(run, text) or replace(run[0])]
            at = run.end()
        return "".join([*parts, text[at : suspect.end()]])

    return suspects.sub(replace_runs, text)


def strip_hidden(text: str) -> str:
    """Removes hidden characters, so that the text equals its visible form."""
    return replace_hidden(text, lambda run: "")


def replace_backticks(text: str) -> str:
    """Replaces by an apostrophe each character that is a backtick, looks like one or normalizes to one."""
    return text.translate(_BACKTICKS)


def _needed_joiner(found: re.Match[str], text: str) -> str:
    """Returns the joiner or selector of a run that its neighbors need; empty if the run must be replaced."""
    run = found[0]
    if len(run) == 2 and run[0] in _SELECTORS and run[1] == _ZWJ:
        run = _ZWJ  # ❤️‍🔥: looks the same without the selector
    rules = _RULES.get(run)
    if not rules:
        return ""
    base, following = _base_char(text, found.start()), text[found.end() : found.end() + 1]
    return run if any(rule.allows(base, following) for rule in rules) else ""


def _base_char(text: str, end: int) -> str:
    """Returns the character that a joiner at `end` belongs to, or a mark if there are too many; empty at the start."""
    at = end - 1
    while at > end - MAX_MARKS and at >= 0 and text[at] in _MARKS:
        at -= 1
    return text[at] if at >= 0 else ""
