"""What the host tool puts between a person's and a model's words, or seems to have. Linear.

The one module that knows the host's markup: pages, memory and contexts ask it. One list of its tags, and one reading of
them: without regard to case, white space, attributes, other widths of letters, or what is printed as nothing. What
looks like the host's markup and is not on the list is nobody's words: it may be a tag that a later host uses, or a text
that wants to pass for one.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from events import deadline
from events.wire.visibility import strip_hidden

# Spelled as letters alone.
_KNOWN = """
bashinput bashstderr bashstdout commandargs commandcontents commandmessage commandname functioncalls functionresults
idediagnostics ideopenedfile ideselection localcommandcaveat localcommandstderr localcommandstdout memfogcontext
newdiagnostics persistedoutput posttoolusehook pretoolusehook sessionstarthook systemreminder tasknotification
teammatemessage tooluseerror usermemoryinput userpromptsubmithook
"""
# Names without a hyphen that a host, or a model's own format, gives to a part of a conversation.
_PARTS = """
admin antml assistant command context critical developer function human important instruction instructions invoke
memory message notification override prompt result results reminder system thinking tool tools user
"""
# Those that stand beside what a person or a model says, for the model alone.
_REMINDERS = """
idediagnostics ideopenedfile ideselection memfogcontext newdiagnostics posttoolusehook pretoolusehook
sessionstarthook systemreminder userpromptsubmithook
"""
KNOWN, PARTS, REMINDERS = frozenset(_KNOWN.split()), frozenset(_PARTS.split()), frozenset(_REMINDERS.split())
# What is, or becomes, the beginning of a tag.
_OPENERS = "<\uff1c\ufe64"
# Runs of what needs no look at each character, and the others.
_RUNS = re.compile(r"[\t-\r -~]++|[^\t-\r -~]")
TAGS = 128  # between two looks at whether somebody waits for this still
# Bounded, and never going back.
_TAG = re.compile(r"<\s{0,20}+(/?)\s{0,20}+([a-z][a-z0-9:_.-]{0,80}+)([^<>]{0,400}+)(>?)")


class Whose(Enum):
    """Whose words a piece of a prompt is."""

    PERSON = "person"
    HOST = "host"
    UNKNOWN = "unknown"


class Element(NamedTuple):
    """From its first tag to its last, or to the end of the text; `inner` is what stands between the two."""

    name: str
    whole: tuple[int, int]
    inner: tuple[int, int]


def split_prompt(prompt: str) -> list[tuple[Whose, str]]:
    """The prompt in pieces, in order. An element goes to its end tag, or to the end of the prompt if it has none."""
    pieces, start = [], 0
    for element in _elements(prompt, None):
        begin, end = element.whole
        whose = Whose.HOST if element.name in KNOWN else Whose.UNKNOWN
        pieces += [(Whose.PERSON, prompt[start:begin]), (whose, prompt[begin:end])]
        start = end
    return [(whose, text) for whose, text in [*pieces, (Whose.PERSON, prompt[start:])] if text]


def is_by_person(prompt: str) -> bool:
    """Whether anything in it may be a person's. The host reports a finished background task as if it was typed."""
    pieces = split_prompt(prompt)
    mine = (text for whose, text in pieces if whose is not Whose.HOST)
    return all(whose is Whose.PERSON for whose, _ in pieces) or any(strip_hidden(text).strip() for text in mine)


def split_reminders(said: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, in order, each with whether the host put it there for the model. Without their tags."""
    start = 0
    for element in _elements(said, REMINDERS):
        yield False, said[start : element.whole[0]]
        yield True, said[slice(*element.inner)]
        start = element.whole[1]
    yield False, said[start:]


def without_reminders(said: str, between: str = "") -> str:
    """The text without what the host told the model in it, with this in its place."""
    return between.join(piece for within, piece in split_reminders(said) if not within).strip()


def is_report(prompt: str) -> bool:
    """Whether the host reports a finished background task in place of a prompt."""
    first = next(_elements(prompt, KNOWN), None)
    return first is not None and first.name == "tasknotification" and not strip_hidden(prompt[: first.whole[0]]).strip()


def inside_tag(said: str, tag: str) -> str | None:
    """What stands between `<tag>` and its end, or the end of the text; None where there is none."""
    folded, places = _fold(said)
    opener = f"<{tag}>"
    start = folded.find(opener)
    if start < 0:
        return None
    start += len(opener)
    end = folded.find(f"</{tag}>", start)
    return said[places[start] :] if end < 0 else said[places[start] : places[end]]


def _fold(text: str) -> tuple[str, list[int] | range]:
    """The text as its tags are compared; and for each of its characters, and its end, the place in the text."""
    folded, places = list[str](), list[int]()
    for run in _RUNS.finditer(text):
        if run.end() - run.start() == len(text):
            return _folded(text), range(len(text) + 1)
        folded.append(_folded(run[0]))
        if folded[-1]:
            places += range(*run.span())
    return "".join(folded), [*places, len(text)]


def _folded(run: str) -> str:
    """Plain characters as they are compared; one of another kind, or none for what is not seen."""
    if _is_plain(run[0]):
        return run.lower()
    plain = unicodedata.normalize("NFKC", run).casefold()
    return strip_hidden(plain if len(plain) == 1 else run)


def _is_plain(char: str) -> bool:
    # White space stays: it parts words.
    return char.isascii() and (char.isprintable() or char.isspace())


def _elements(text: str, names: frozenset[str] | None) -> Iterator[Element]:
    """The host's elements, and what looks like them, or only those of these names. None lies in another."""
    if not any(char in text for char in _OPENERS):
        return
    folded, places = _fold(text)
    name, begun, depth = "", (0, 0), 0
    for at, tag in enumerate(_TAG.finditer(folded)):
        if at % TAGS == 0:
            deadline.check()
        found, deeper = _read_tag(tag[0])
        if not found or (names is not None and found not in names):
            continue
        if not depth:
            # A tag that does not end hides nothing of what follows its name.
            name, begun = found, (tag.start(), tag.end() if tag[4] else tag.end(2))
        if found != name:
            continue
        depth += deeper
        if depth <= 0:
            yield _element(name, places, begun, (max(tag.start(), begun[1]), tag.end()))
            depth = 0
    if depth:
        yield _element(name, places, begun, (len(folded), len(folded)))


def _element(name: str, places: list[int] | range, begun: tuple[int, int], ended: tuple[int, int]) -> Element:
    return Element(name, (places[begun[0]], places[ended[1]]), (places[begun[1]], places[ended[0]]))


# For texts that are full of tags: most are the same few.
@lru_cache(maxsize=256)
def _read_tag(text: str) -> tuple[str, int]:
    """The name of a tag, empty if it is none of the host's, and what it adds to the depth."""
    tag = _TAG.match(text)
    return (_name(tag), _depth(tag)) if tag else ("", 0)


def _depth(tag: re.Match[str]) -> int:
    """What it adds to the depth: an element that ends where it begins nothing."""
    if tag[1]:
        return -1
    return 0 if tag[3].rstrip().endswith("/") else 1


def _name(tag: re.Match[str]) -> str:
    """The name of a tag of the host's, or of what looks like one, by its letters; empty for any other."""
    letters, is_suspect = _spelled(tag[2])
    if not tag[4] and tag[0][1].isspace():
        return ""
    if letters in KNOWN:
        return letters
    if tag[4] and not tag[3].isspace() and (rest := tag[3].strip()):
        two = letters + _letters(rest.partition(" ")[0])
        if two in KNOWN:  # <system reminder>
            return two
    return letters if is_suspect else ""


def _spelled(name: str) -> tuple[str, bool]:
    """The letters of a tag's name, and whether they look like the host's."""
    letters = _letters(name)
    return letters, letters in PARTS or any(sign in name for sign in "-_:")


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalpha())
