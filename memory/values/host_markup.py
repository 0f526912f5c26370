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
_KNOWN_TAGS = """
bashinput bashstderr bashstdout commandargs commandcontents commandmessage commandname functioncalls functionresults
idediagnostics ideopenedfile ideselection localcommandcaveat localcommandstderr localcommandstdout memfogcontext
newdiagnostics persistedoutput posttoolusehook pretoolusehook sessionstarthook systemreminder tasknotification
teammatemessage tooluseerror usermemoryinput userpromptsubmithook
"""
# Names without a hyphen that a host, or a model's own format, gives to a part of a conversation.
_CONVERSATION_TAGS = """
admin antml assistant command context critical developer function human important instruction instructions invoke
memory message notification override prompt result results reminder system thinking tool tools user
"""
# Those that stand beside what a person or a model says, for the model alone.
_REMINDER_TAGS = """
idediagnostics ideopenedfile ideselection memfogcontext newdiagnostics posttoolusehook pretoolusehook
sessionstarthook systemreminder userpromptsubmithook
"""
KNOWN_TAGS, CONVERSATION_TAGS, REMINDER_TAGS = (
    frozenset(_KNOWN_TAGS.split()),
    frozenset(_CONVERSATION_TAGS.split()),
    frozenset(_REMINDER_TAGS.split()),
)
# What is, or becomes, the beginning of a tag.
_OPENERS = "<\uff1c\ufe64"
# Runs of what needs no look at each character, and the others.
_RUNS = re.compile(r"[\t-\r -~]++|[^\t-\r -~]")
TAGS_PER_DEADLINE_CHECK = 128  # between two looks at whether somebody waits for this still
# Bounded, and never going back.
_TAG = re.compile(r"<\s{0,20}+(/?)\s{0,20}+([a-z][a-z0-9:_.-]{0,80}+)([^<>]{0,400}+)(>?)")


class Author(Enum):
    """Whose words a piece of a prompt is."""

    PERSON = "person"
    HOST = "host"
    UNKNOWN = "unknown"


class Element(NamedTuple):
    """From its first tag to its last, or to the end of the text; `inner` is what stands between the two."""

    name: str
    outer: tuple[int, int]
    inner: tuple[int, int]


def split_prompt(prompt: str) -> list[tuple[Author, str]]:
    """The prompt in pieces, in order. An element goes to its end tag, or to the end of the prompt if it has none."""
    pieces, start = [], 0
    for element in _find_elements(prompt, None):
        begin, end = element.outer
        author = Author.HOST if element.name in KNOWN_TAGS else Author.UNKNOWN
        pieces += [(Author.PERSON, prompt[start:begin]), (author, prompt[begin:end])]
        start = end
    return [(author, text) for author, text in [*pieces, (Author.PERSON, prompt[start:])] if text]


def is_by_person(prompt: str) -> bool:
    """Whether anything in it may be a person's. The host reports a finished background task as if it was typed."""
    pieces = split_prompt(prompt)
    other_texts = (text for author, text in pieces if author is not Author.HOST)
    return all(author is Author.PERSON for author, _ in pieces) or any(
        strip_hidden(text).strip() for text in other_texts
    )


def split_reminders(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces, in order, each with whether the host put it there for the model. Without their tags."""
    start = 0
    for element in _find_elements(text, REMINDER_TAGS):
        yield False, text[start : element.outer[0]]
        yield True, text[slice(*element.inner)]
        start = element.outer[1]
    yield False, text[start:]


def without_reminders(text: str, separator: str = "") -> str:
    """The text without what the host told the model in it, with this in its place."""
    return separator.join(piece for is_reminder, piece in split_reminders(text) if not is_reminder).strip()


def is_task_notification(prompt: str) -> bool:
    """Whether the host reports a finished background task in place of a prompt."""
    first = next(_find_elements(prompt, KNOWN_TAGS), None)
    return first is not None and first.name == "tasknotification" and not strip_hidden(prompt[: first.outer[0]]).strip()


def extract_tag_content(text: str, tag: str) -> str | None:
    """What stands between `<tag>` and its end, or the end of the text; None where there is none."""
    folded, offsets = _fold(text)
    opener = f"<{tag}>"
    start = folded.find(opener)
    if start < 0:
        return None
    start += len(opener)
    end = folded.find(f"</{tag}>", start)
    return text[offsets[start] :] if end < 0 else text[offsets[start] : offsets[end]]


def _fold(text: str) -> tuple[str, list[int] | range]:
    """The text as its tags are compared; and for each of its characters, and its end, the place in the text."""
    folded, offsets = list[str](), list[int]()
    for run in _RUNS.finditer(text):
        if run.end() - run.start() == len(text):
            return _fold_run(text), range(len(text) + 1)
        folded.append(_fold_run(run[0]))
        if folded[-1]:
            offsets += range(*run.span())
    return "".join(folded), [*offsets, len(text)]


def _fold_run(run: str) -> str:
    """Plain characters as they are compared; one of another kind, or none for what is not seen."""
    if _is_plain(run[0]):
        return run.lower()
    plain = unicodedata.normalize("NFKC", run).casefold()
    return strip_hidden(plain if len(plain) == 1 else run)


def _is_plain(char: str) -> bool:
    # White space stays: it parts words.
    return char.isascii() and (char.isprintable() or char.isspace())


def _find_elements(text: str, names: frozenset[str] | None) -> Iterator[Element]:
    """The host's elements, and what looks like them, or only those of these names. None lies in another."""
    if not any(char in text for char in _OPENERS):
        return
    folded, offsets = _fold(text)
    name, start_tag, depth = "", (0, 0), 0
    for at, tag in enumerate(_TAG.finditer(folded)):
        if at % TAGS_PER_DEADLINE_CHECK == 0:
            deadline.check()
        tag_name, depth_change = _parse_tag(tag[0])
        if not tag_name or (names is not None and tag_name not in names):
            continue
        if not depth:
            # A tag that does not end hides nothing of what follows its name.
            name, start_tag = tag_name, (tag.start(), tag.end() if tag[4] else tag.end(2))
        if tag_name != name:
            continue
        depth += depth_change
        if depth <= 0:
            yield _make_element(name, offsets, start_tag, (max(tag.start(), start_tag[1]), tag.end()))
            depth = 0
    if depth:
        yield _make_element(name, offsets, start_tag, (len(folded), len(folded)))


def _make_element(
    name: str, offsets: list[int] | range, start_tag: tuple[int, int], end_tag: tuple[int, int]
) -> Element:
    return Element(name, (offsets[start_tag[0]], offsets[end_tag[1]]), (offsets[start_tag[1]], offsets[end_tag[0]]))


# For texts that are full of tags: most are the same few.
@lru_cache(maxsize=256)
def _parse_tag(text: str) -> tuple[str, int]:
    """The name of a tag, empty if it is none of the host's, and what it adds to the depth."""
    tag = _TAG.match(text)
    return (_tag_name(tag), _depth_change(tag)) if tag else ("", 0)


def _depth_change(tag: re.Match[str]) -> int:
    """What it adds to the depth: an element that ends where it begins nothing."""
    if tag[1]:
        return -1
    return 0 if tag[3].rstrip().endswith("/") else 1


def _tag_name(tag: re.Match[str]) -> str:
    """The name of a tag of the host's, or of what looks like one, by its letters; empty for any other."""
    letters, is_suspect = _normalize_name(tag[2])
    if not tag[4] and tag[0][1].isspace():
        return ""
    if letters in KNOWN_TAGS:
        return letters
    if tag[4] and not tag[3].isspace() and (rest := tag[3].strip()):
        joined = letters + _keep_letters(rest.partition(" ")[0])
        if joined in KNOWN_TAGS:  # <system reminder>
            return joined
    return letters if is_suspect else ""


def _normalize_name(name: str) -> tuple[str, bool]:
    """The letters of a tag's name, and whether they look like the host's."""
    letters = _keep_letters(name)
    return letters, letters in CONVERSATION_TAGS or any(sign in name for sign in "-_:")


def _keep_letters(text: str) -> str:
    return "".join(char for char in text if char.isalpha())
