"""Finds the markup that the host adds to text of a person or a model. Linear. Only this module knows the markup.
Tags match regardless of case, white space, attributes, letter width and invisible characters. Markup that is not on the
list but looks like the host's has an unknown author: a later host may use the tag, or a text may imitate one.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from events import deadline
from events.wire.visibility import strip_hidden

# Names of tags, reduced to their letters.
_KNOWN_TAGS = """
bashinput bashstderr bashstdout commandargs commandcontents commandmessage commandname functioncalls functionresults
idediagnostics ideopenedfile ideselection localcommandcaveat localcommandstderr localcommandstdout memfogcontext
newdiagnostics persistedoutput posttoolusehook pretoolusehook sessionstarthook systemreminder tasknotification
teammatemessage tooluseerror usermemoryinput userpromptsubmithook
artifactroomevent crosssessionmessage forkboilerplate skillwatcheridlewake webhookpayload
"""
# Tags in which tools that observe sessions tell their own sessions what they saw.
_OBSERVER_TAGS = """
observedfromprimarysession observedtooluse observeduserrequest
"""
# Names without a hyphen that hosts or model formats use for parts of a conversation.
_CONVERSATION_TAGS = """
admin antml assistant command context critical developer function human important instruction instructions invoke
memory message notification override prompt result results reminder system thinking tool tools user
"""
# Tags of reminders: text for the model only, beside a message of a person or a model.
_REMINDER_TAGS = """
idediagnostics ideopenedfile ideselection memfogcontext newdiagnostics posttoolusehook pretoolusehook
sessionstarthook systemreminder userpromptsubmithook
"""
OBSERVER_TAGS = frozenset(_OBSERVER_TAGS.split())
KNOWN_TAGS, CONVERSATION_TAGS, REMINDER_TAGS = (
    frozenset(_KNOWN_TAGS.split()) | OBSERVER_TAGS,
    frozenset(_CONVERSATION_TAGS.split()),
    frozenset(_REMINDER_TAGS.split()),
)
# Characters that are `<`, or become it by normalization.
_OPENERS = "<\uff1c\ufe64"
# Runs of plain ASCII, which need no look at each character, or one other character.
_RUNS = re.compile(r"[\t-\r -~]++|[^\t-\r -~]")
TAGS_PER_DEADLINE_CHECK = 128  # tags between two checks of the request's deadline
# Bounded and possessive quantifiers: matching never backtracks.
_TAG = re.compile(r"<\s{0,20}+(/?)\s{0,20}+([a-z][a-z0-9:_.-]{0,80}+)([^<>]{0,400}+)(>?)")


class Author(Enum):
    """The author of a piece of a prompt."""

    PERSON = "person"
    HOST = "host"
    UNKNOWN = "unknown"


class Element(NamedTuple):
    """An element: `outer` spans from its start tag to its end tag, or the end of the text; `inner` is the content."""

    name: str
    outer: tuple[int, int]
    inner: tuple[int, int]


def split_prompt(prompt: str) -> list[tuple[Author, str]]:
    """Splits a prompt into pieces by author, in order. An element without an end tag goes to the end of the prompt."""
    pieces, start = [], 0
    for element in _find_elements(prompt, None):
        begin, end = element.outer
        author = Author.HOST if element.name in KNOWN_TAGS else Author.UNKNOWN
        pieces += [(Author.PERSON, prompt[start:begin]), (author, prompt[begin:end])]
        start = end
    return [(author, text) for author, text in [*pieces, (Author.PERSON, prompt[start:])] if text]


def is_by_person(prompt: str) -> bool:
    """Checks whether a part of the prompt may be by a person: the host reports finished background tasks as prompts."""
    pieces = split_prompt(prompt)
    other_texts = (text for author, text in pieces if author is not Author.HOST)
    return all(author is Author.PERSON for author, _ in pieces) or any(
        strip_hidden(text).strip() for text in other_texts
    )


def is_by_observer(prompt: str) -> bool:
    """Checks whether a prompt begins as the report of a tool that observes another session."""
    first = next(_find_elements(prompt, OBSERVER_TAGS), None)
    return first is not None and not strip_hidden(prompt[: first.outer[0]]).strip()


def split_reminders(text: str) -> Iterator[tuple[bool, str]]:
    """Yields the pieces of a text in order, without tags, as (is a reminder of the host, piece)."""
    start = 0
    for element in _find_elements(text, REMINDER_TAGS):
        yield False, text[start : element.outer[0]]
        yield True, text[slice(*element.inner)]
        start = element.outer[1]
    yield False, text[start:]


def without_reminders(text: str, separator: str = "") -> str:
    """Replaces each reminder of the host with `separator`, and strips the result."""
    return separator.join(piece for is_reminder, piece in split_reminders(text) if not is_reminder).strip()


def is_task_notification(prompt: str) -> bool:
    """Checks whether a prompt is the host's report of a finished background task."""
    first = next(_find_elements(prompt, KNOWN_TAGS), None)
    return first is not None and first.name == "tasknotification" and not strip_hidden(prompt[: first.outer[0]]).strip()


def extract_tag_content(text: str, tag: str) -> str | None:
    """Extracts the text between `<tag>` and its end tag, or the end of the text; None without the tag."""
    folded, offsets = _fold(text)
    opener = f"<{tag}>"
    start = folded.find(opener)
    if start < 0:
        return None
    start += len(opener)
    end = folded.find(f"</{tag}>", start)
    return text[offsets[start] :] if end < 0 else text[offsets[start] : offsets[end]]


def _fold(text: str) -> tuple[str, list[int] | range]:
    """Folds a text for the comparison of tags; returns it with the original offset of each character and of its end."""
    folded, offsets = list[str](), list[int]()
    for run in _RUNS.finditer(text):
        if run.end() - run.start() == len(text):
            return _fold_run(text), range(len(text) + 1)
        folded.append(_fold_run(run[0]))
        if folded[-1]:
            offsets += range(*run.span())
    return "".join(folded), [*offsets, len(text)]


def _fold_run(run: str) -> str:
    """Folds a run of plain characters, or one other character; an invisible character becomes empty."""
    if _is_plain(run[0]):
        return run.lower()
    plain = unicodedata.normalize("NFKC", run).casefold()
    return strip_hidden(plain if len(plain) == 1 else run)


def _is_plain(char: str) -> bool:
    # White space is plain, because it separates words.
    return char.isascii() and (char.isprintable() or char.isspace())


def _find_elements(text: str, names: frozenset[str] | None) -> Iterator[Element]:
    """Yields elements of the host and elements that look like them, not nested; with `names`, only those."""
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
            # A tag without `>` ends after its name, so that the text after the name stays visible.
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


# Cached, because a text full of tags mostly repeats the same few tags.
@lru_cache(maxsize=256)
def _parse_tag(text: str) -> tuple[str, int]:
    """Parses a tag into its name, empty if the tag is not the host's, and its change of depth."""
    tag = _TAG.match(text)
    return (_tag_name(tag), _depth_change(tag)) if tag else ("", 0)


def _depth_change(tag: re.Match[str]) -> int:
    """Returns the tag's change of depth: 1, -1 for an end tag, 0 for an empty element."""
    if tag[1]:
        return -1
    return 0 if tag[3].rstrip().endswith("/") else 1


def _tag_name(tag: re.Match[str]) -> str:
    """Returns the letters of the name of a host's tag, or of a tag that looks like one; empty for any other tag."""
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
    """Reduces a tag's name to its letters; the second value is whether the name looks like the host's."""
    letters = _keep_letters(name)
    return letters, letters in CONVERSATION_TAGS or any(sign in name for sign in "-_:")


def _keep_letters(text: str) -> str:
    return "".join(char for char in text if char.isalpha())
