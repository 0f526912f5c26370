"""Parses JSON and keeps the exact text of each value.

The standard library's scanner parses the values (it accepts lone surrogates and any number, as the contract requires).
This module parses the outermost levels, so that an invalid element does not affect its neighbors.
"""

import json
from json.decoder import scanstring  # type: ignore[attr-defined]  # missing in the stubs
from json.scanner import make_scanner
from typing import Any, NamedTuple

from events.wire import patterns

_WHITESPACE = frozenset(" \t\n\r")
_DEPTH_CHANGE = {"{": 1, "[": 1, "}": -1, "]": -1}
_MAX_INTEGER_DIGITS = 40  # Python rejects very long integers, and no code here needs their value


class TooDeep:
    """Marks a value whose nesting exceeds the scanner's limit."""


class TooLarge:
    """Marks a value that exceeds the reader's `max_chars`: only its end was searched."""


class JsonValue(NamedTuple):
    value: Any
    text: str


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float("inf")


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_decoder: Any = json.JSONDecoder(parse_int=_parse_integer, parse_constant=_reject_constant)
_scan = make_scanner(_decoder)


def parse_json(text: str) -> object:
    """Parses a whole JSON text. Raises ValueError if it is not JSON, or nested deeper than the scanner's limit."""
    try:
        value: object = _decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


class JsonReader:
    """A position in a JSON text. Every method raises ValueError if the text is not JSON.

    Arrays and objects of more than `max_chars` characters are skipped as `TooLarge`: parsing a value of many megabytes
    would hold the GIL all the time.
    """

    def __init__(self, text: str, *, max_chars: int | None = None) -> None:
        self.text, self.max_chars = text, max_chars
        self.position = 0

    def next_is(self, char: str) -> bool:
        """Returns whether `char` is the next character after white space, without consuming it."""
        self._skip_whitespace()
        return self.text.startswith(char, self.position)

    def accept(self, char: str) -> bool:
        is_next = self.next_is(char)
        self.position += is_next
        return is_next

    def expect(self, char: str) -> None:
        if not self.accept(char):
            raise ValueError(f"expected {char} at character {self.position}")

    def expect_end(self) -> None:
        self._skip_whitespace()
        if self.position != len(self.text):
            raise ValueError(f"unexpected text at character {self.position}")

    def read_key(self) -> str:
        """Reads the next key of an object, and its colon."""
        plain = patterns.JSON_KEY.match(self.text, self.position)
        if plain:  # fast path for nearly all keys: one match instead of three steps
            self.position = plain.end()
            return plain[1]
        self.expect('"')
        key: str
        key, self.position = scanstring(self.text, self.position, True)
        self.expect(":")
        return key

    def read_value(self) -> JsonValue:
        """Reads the next value and its text."""
        self._skip_whitespace()
        start = self.position
        if self.max_chars is not None and len(self.text) - start > self.max_chars and self.text[start] in "[{":
            end = _find_end(self.text, start)
            if end - start > self.max_chars:
                self.position = end
                return JsonValue(TooLarge, self.text[start:end])
        try:
            value, self.position = _scan(self.text, start)
        except StopIteration:
            raise ValueError(f"expected a value at character {start}") from None
        except RecursionError:
            value, self.position = TooDeep, _find_end(self.text, start)
        return JsonValue(value, self.text[start : self.position])

    def has_more(self, closing: str) -> bool:
        """Returns whether another element follows. Consumes the comma or the closing bracket."""
        if self.accept(","):
            return True
        self.expect(closing)
        return False

    def _skip_whitespace(self) -> None:
        if self.text[self.position : self.position + 1] in _WHITESPACE:
            blank = patterns.JSON_WHITESPACE.match(self.text, self.position)
            self.position = blank.end() if blank else self.position


def _find_end(text: str, start: int) -> int:
    """Finds the end of the array or object that opens at `start`, in matches of bounded length."""
    level, at, in_string = 1, start + 1, False
    while (
        step := patterns.JSON_IN_STRING.match(text, at) if in_string else patterns.JSON_OUTSIDE_STRING.match(text, at)
    ):
        at, kind = step.end(), step.lastgroup
        if kind == "quote":
            in_string = not in_string
        elif kind == "opening":
            level += at - step.start()
        elif kind == "closing":
            level -= at - step.start()
            if level <= 0:
                return at + level
    raise ValueError("a bracket is never closed")


def nesting_depth(text: str) -> int:
    """Returns the greatest nesting of brackets in a valid JSON text."""
    deepest = level = 0
    for token in patterns.JSON_STRING_OR_BRACKET.finditer(text):
        level += _DEPTH_CHANGE.get(token[0], 0)
        deepest = max(deepest, level)
    return deepest


def compact_json(text: str) -> str:
    """Removes the white space between the tokens of a JSON text that has line breaks; other texts do not change."""
    return patterns.JSON_STRING_OR_WHITESPACE.sub(r"\1", text) if "\n" in text or "\r" in text else text
