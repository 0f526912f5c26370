"""Finds the facts of a project: files that change together, and corrections that a user repeated. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from events.wire import patterns
from events.wire.hook_event import summary_line

MIN_REPEATS, MIN_SHARED_SESSIONS, MAX_FACTS_PER_TYPE = (
    2,
    3,
    3,
)  # uses of a command or correction, sessions that change two files, facts of one type
MAX_SESSION_FILES = 12  # a session with more files is not one change
MAX_CORRECTION_GROUPS = 50  # distinct corrections to compare with
MIN_WORD_OVERLAP = 0.8  # share of words that two equal corrections have in common


class ObservationRow(Protocol):
    """An observation, as the rules for facts need it. The rules get observations newest first."""

    @property
    def seq(self) -> int: ...
    @property
    def session_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def files_modified(self) -> str: ...


class UserPrompt(Protocol):
    """A prompt that a person wrote."""

    @property
    def seq(self) -> int: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of type `together` or `correction`, from the entries `seqs`, the newest first.

    Only the text of a `correction` was typed by a person.
    """

    type: str
    text: str
    seqs: tuple[int, ...]


def find_file_pairs(observations: Sequence[ObservationRow]) -> Iterator[Fact]:
    """Finds files that changed together in several sessions; observations are newest first."""
    files: dict[str, dict[str, int]] = defaultdict(dict)
    for one in observations:
        if one.type == "edit":
            files[one.session_id] = dict.fromkeys(one.files_modified.splitlines(), one.seq) | files[one.session_id]
    pairs: Counter[tuple[str, str]] = Counter()
    for session_files in files.values():
        if len(session_files) <= MAX_SESSION_FILES:
            pairs.update(combinations(sorted(session_files), 2))
    for pair, count in pairs.most_common(MAX_FACTS_PER_TYPE):
        if count >= MIN_SHARED_SESSIONS:
            seqs = tuple(session_files[pair[0]] for session_files in files.values() if set(pair) <= set(session_files))
            yield Fact("together", " and ".join(pair), seqs)


def find_corrections(prompts: Sequence[UserPrompt]) -> Iterator[Fact]:
    """Finds corrections that the user typed more than once in nearly the same words."""
    groups: list[tuple[set[str], list[UserPrompt]]] = []
    for one in prompts:
        if not patterns.CORRECTION.match(one.text[:1_000].lstrip()):
            continue
        words = set(patterns.WORD.findall(one.text[:1_000].lower()))
        similar = next((group for group_words, group in groups if are_similar(group_words, words)), None)
        if similar is not None:
            similar.append(one)
        elif len(groups) < MAX_CORRECTION_GROUPS:
            groups.append((words, [one]))
    repeated = [group for _, group in groups if len(group) >= MIN_REPEATS]
    yield from (
        Fact("correction", summary_line(group[0].text, 200), tuple(one.seq for one in group))
        for group in repeated[:MAX_FACTS_PER_TYPE]
    )


def are_similar(one: set[str], other: set[str]) -> bool:
    minimum = MIN_WORD_OVERLAP * max(len(one), len(other), 1)
    return min(len(one), len(other)) >= minimum and len(one & other) >= minimum
