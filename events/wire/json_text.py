"""Reads JSON while keeping the text: each value comes with the exact slice it was written as.

The standard library's scanner does the work (it takes lone surrogates and any number, as the contract wants);
this module walks the outermost levels, so that one bad element can be told from its neighbours.
"""

import json
from json.decoder import scanstring  # type: ignore[attr-defined]  # the stubs leave it out
from json.scanner import make_scanner
from typing import Any, NamedTuple

from events.wire import patterns

_BLANKS = frozenset(" \t\n\r")
_STEP = {"{": 1, "[": 1, "}": -1, "]": -1}
_LONGEST_INTEGER = 40  # digits; Python refuses to read very long ones, and nobody here counts with them


class TooDeep:
    """Stands for a value that is nested deeper than the scanner can follow."""


class TooLarge:
    """Stands for a value that is longer than the reader takes: only its end was looked for."""


class Value(NamedTuple):
    value: Any
    text: str


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float("inf")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_decoder: Any = json.JSONDecoder(parse_int=_integer, parse_constant=_refuse)
_scan = make_scanner(_decoder)


class Reader:
    """A position in a JSON text. Every method raises ValueError where the text is not JSON.

    Arrays and objects of more than `longest` characters are passed over as `TooLarge`: reading one of many megabytes
    takes the interpreter's lock for as long as that lasts.
    """

    def __init__(self, text: str, *, longest: int | None = None) -> None:
        self.text, self.longest = text, longest
        self.at = 0

    def sees(self, char: str) -> bool:
        """Is this the next character after white space? Stays in front of it."""
        self._skip_blank()
        return self.text.startswith(char, self.at)

    def takes(self, char: str) -> bool:
        seen = self.sees(char)
        self.at += seen
        return seen

    def must_take(self, char: str) -> None:
        if not self.takes(char):
            raise ValueError(f"expected {char} at character {self.at}")

    def must_end(self) -> None:
        self._skip_blank()
        if self.at != len(self.text):
            raise ValueError(f"unexpected text at character {self.at}")

    def key(self) -> str:
        """The next key of an object, with its colon."""
        plain = patterns.JSON_KEY.match(self.text, self.at)
        if plain:  # one match instead of three steps; nearly every key is such
            self.at = plain.end()
            return plain[1]
        self.must_take('"')
        key: str
        key, self.at = scanstring(self.text, self.at, True)
        self.must_take(":")
        return key

    def value(self) -> Value:
        """The next value and its text."""
        self._skip_blank()
        start = self.at
        if self.longest is not None and len(self.text) - start > self.longest and self.text[start] in "[{":
            end = _end(self.text, start)
            if end - start > self.longest:
                self.at = end
                return Value(TooLarge, self.text[start:end])
        try:
            value, self.at = _scan(self.text, start)
        except StopIteration:
            raise ValueError(f"expected a value at character {start}") from None
        except RecursionError:
            value, self.at = TooDeep, _end(self.text, start)
        return Value(value, self.text[start : self.at])

    def more(self, closing: str) -> bool:
        """After an element: is there another? Takes the comma or the closing bracket."""
        if self.takes(","):
            return True
        self.must_take(closing)
        return False

    def _skip_blank(self) -> None:
        if self.text[self.at : self.at + 1] in _BLANKS:
            blank = patterns.JSON_BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at


def _end(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, found in short steps whatever stands there."""
    level, at, inside = 1, start + 1, False
    while step := patterns.JSON_IN_STRING.match(text, at) if inside else patterns.JSON_OUTSIDE.match(text, at):
        at, kind = step.end(), step.lastgroup
        if kind == "quote":
            inside = not inside
        elif kind == "opening":
            level += at - step.start()
        elif kind == "closing":
            level -= at - step.start()
            if level <= 0:
                return at + level
    raise ValueError("a bracket is never closed")


def depth(text: str) -> int:
    """How deep the brackets of a valid JSON text are nested."""
    deepest = level = 0
    for token in patterns.JSON_STRING_OR_BRACKET.finditer(text):
        level += _STEP.get(token[0], 0)
        deepest = max(deepest, level)
    return deepest


def one_line(text: str) -> str:
    """The same JSON without white space between its tokens."""
    return patterns.JSON_STRING_OR_BLANK.sub(r"\1", text) if "\n" in text or "\r" in text else text
