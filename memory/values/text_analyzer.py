"""Texts as the words they are found by, and questions as the words to look for. Pure, and the same on every database.

Identifiers count whole and in parts (`getUserById`: getuserbyid, get, user, by, id), file names too, and Chinese,
Japanese and Korean by pairs of characters, since they are written without spaces.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from events.wire import patterns

LONGEST, MOST = 64, 300  # characters of a word, words of a text
LEAST_STEM = 3
_ENDINGS = ("ings", "ing", "ies", "ied", "ed", "es", "ly", "s")
_STOP = """
a an and are as at be been but by can could did do does for from get got had has have how i if in into is it its last me
my not of on or our should so than that the their them then there these they this those to too us use used was we were
what when where which who why will with would you your
"""
STOP = frozenset(_STOP.split())


@dataclass(frozen=True, slots=True)
class Sought:
    """A word to look for; `open` if longer words that begin so will do."""

    word: str
    open: bool = False

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.open else word == self.word


def plain(text: str) -> str:
    """Without the colours of a terminal, which would stick to the words."""
    return patterns.COLOR.sub("", text) if "\x1b" in text else text


def words(text: str) -> list[str]:
    """The different words of a text, in order, at most `MOST`."""
    tokens = dict.fromkeys(patterns.TOKEN.findall(_even(text)))
    found: dict[str, None] = {}
    for token in tokens:
        found.update(_forms(token))
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


def _even(text: str) -> str:
    """Without accents and other marks, full width as half width. Case is kept: it parts identifiers."""
    if text.isascii():
        return text
    # Each character by itself, and marks out before they are put together: a long run of marks is sorted, which takes
    # time with the square of its length.
    return unicodedata.normalize("NFC", patterns.NOT_ASCII.sub(lambda found: _without_marks(found[0]), text))


@lru_cache(maxsize=4_096)
def _without_marks(char: str) -> str:
    apart = unicodedata.normalize("NFKD", char)
    return "".join(part for part in apart if not (unicodedata.combining(part) or unicodedata.category(part) == "Mn"))


def _forms(token: str) -> dict[str, None]:
    """The words that a token is found by, in order."""
    return _kept_forms(token) if len(token) <= LONGEST else dict.fromkeys(_each_form(token))


@lru_cache(maxsize=20_000)
def _kept_forms(token: str) -> dict[str, None]:
    """The same, kept: the words of a project come again and again. Those that are short, so that little is kept."""
    return dict.fromkeys(_each_form(token))


def _each_form(token: str) -> Iterator[str]:
    if patterns.CJK.match(token):
        yield from (token[at : at + 2] for at in range(max(1, min(len(token), MOST) - 1)))
        return
    yield token[:LONGEST].casefold()
    # No text has room for more words than these.
    for name in patterns.BETWEEN_NAMES.split(token[: LONGEST * MOST], MOST):
        yield name[:LONGEST].casefold()
        parts = [part.casefold() for part in patterns.IDENTIFIER_PART.findall(name)]
        # Whichever way somebody writes it: user_id and userId are both found by `userid`.
        yield from (part[:LONGEST] for part in ["".join(parts), *parts] if part)


def sought(question: str) -> list[Sought]:
    """What to look for. Words that say nothing are left out, unless there are no others."""
    tokens = patterns.TOKEN.findall(_even(question[:1_000]))
    telling = [token for token in tokens if token.casefold() not in STOP]
    found = dict.fromkeys(one for token in telling or tokens for one in _looked_for(token))
    return list(found)[:16]


def _looked_for(token: str) -> Iterator[Sought]:
    if patterns.CJK.match(token):
        yield from (Sought(pair, open=len(pair) == 1) for pair in _forms(token))
    else:
        word = token[:LONGEST].casefold()
        yield Sought(_stem(word), open=len(word) >= LEAST_STEM)


def _stem(word: str) -> str:
    """An English word without its ending, so that `refunds` finds `refund`."""
    if not (word.isascii() and word.isalpha()):
        return word
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= LEAST_STEM), "")
    return word[: len(word) - len(ending)]


def label(name: str, value: str) -> str:
    """A word that no text holds, for what is filtered by: `type=edit`."""
    return f"{name}={patterns.NOT_IN_LABELS.sub('_', _even(value).casefold())}"[:LONGEST]
