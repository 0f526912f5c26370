"""Reads JSON while keeping the text: each value comes with the exact slice it was written as.

The standard library's scanner does the work (it takes lone surrogates and any number, as the contract wants);
this module walks the outermost levels, so that one bad element can be told from its neighbours.
"""

import json
from json.decoder import scanstring  # type: ignore[attr-defined]  # the stubs leave it out
from json.scanner import make_scanner
from typing import Any, NamedTuple

from events.wire import patterns

_WHITESPACE = frozenset(" \t\n\r")
_DEPTH_CHANGE = {"{": 1, "[": 1, "}": -1, "]": -1}
_MAX_INTEGER_DIGITS = 40  # digits; Python refuses to read very long ones, and nobody here counts with them


class TooDeep:
    """Stands for a value that is nested deeper than the scanner can follow."""


class TooLarge:
    """Stands for a value that is longer than the reader takes: only its end was looked for."""


class JsonValue(NamedTuple):
    value: Any
    text: str


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float("inf")


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_decoder: Any = json.JSONDecoder(parse_int=_parse_integer, parse_constant=_reject_constant)
_scan = make_scanner(_decoder)


class JsonReader:
    """A position in a JSON text. Every method raises ValueError where the text is not JSON.

    Arrays and objects of more than `max_chars` characters are passed over as `TooLarge`: reading one of many megabytes
    takes the interpreter's lock for as long as that lasts.
    """

    def __init__(self, text: str, *, max_chars: int | None = None) -> None:
        self.text, self.max_chars = text, max_chars
        self.position = 0

    def next_is(self, char: str) -> bool:
        """Is this the next character after white space? Stays in front of it."""
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
        """The next key of an object, with its colon."""
        plain = patterns.JSON_KEY.match(self.text, self.position)
        if plain:  # one match instead of three steps; nearly every key is such
            self.position = plain.end()
            return plain[1]
        self.expect('"')
        key: str
        key, self.position = scanstring(self.text, self.position, True)
        self.expect(":")
        return key

    def read_value(self) -> JsonValue:
        """The next value and its text."""
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
        """After an element: is there another? Takes the comma or the closing bracket."""
        if self.accept(","):
            return True
        self.expect(closing)
        return False

    def _skip_whitespace(self) -> None:
        if self.text[self.position : self.position + 1] in _WHITESPACE:
            blank = patterns.JSON_WHITESPACE.match(self.text, self.position)
            self.position = blank.end() if blank else self.position


def _find_end(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, found in short steps whatever stands there."""
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
    """How deep the brackets of a valid JSON text are nested."""
    deepest = level = 0
    for token in patterns.JSON_STRING_OR_BRACKET.finditer(text):
        level += _DEPTH_CHANGE.get(token[0], 0)
        deepest = max(deepest, level)
    return deepest


def compact_json(text: str) -> str:
    """The same JSON without white space between its tokens."""
    return patterns.JSON_STRING_OR_WHITESPACE.sub(r"\1", text) if "\n" in text or "\r" in text else text
