"""Finds the facts of a project: files that change together, and instructions that a user repeated. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from events.wire import patterns
from memory.values.stop_words import STOP_WORDS

MIN_REPEATS, MAX_FACTS_PER_TYPE = 2, 3
# Sessions that change two files, and their share of the sessions that change one of both.
MIN_SHARED_SESSIONS, MIN_SHARED_SHARE = 3, 0.5
MAX_SESSION_FILES = 12  # a session with more files is not one change
MAX_GROUP_FILES = 4
MAX_INSTRUCTION_GROUPS = 50  # distinct instructions to compare with
MIN_WORD_OVERLAP = 0.8  # share of words that two equal texts have in common
MIN_SUBJECT_OVERLAP, MIN_SUBJECT_WORDS = 0.6, 2  # words that two instructions with the same meaning have in common
# Words by which an instruction forbids, which must not equal one that demands the same; and words of any instruction.
_FORBIDDING = frozenset(("no", "not", "never", "don", "dont", "stop", "avoid"))
_INSTRUCTING = STOP_WORDS | _FORBIDDING | frozenset(("always", "please", "remember", "future", "t", "instead"))


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


class Instruction(Protocol):
    """A sentence of a prompt in which a person corrects the model, or says what holds."""

    @property
    def seq(self) -> int: ...
    @property
    def session_id(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FilesTogether:
    """Files that change together, and the entries `seqs` of the first of them, the newest first."""

    paths: tuple[str, ...]
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Convention:
    """An instruction that a person repeated: its newest wording, and the prompts `seqs`, the newest first."""

    text: str
    seqs: tuple[int, ...]
    sessions: int


def find_files_together(observations: Sequence[ObservationRow]) -> Iterator[FilesTogether]:
    """Finds files that changed together in several sessions; observations are newest first.

    A file that nearly every session changes goes together with none: most of its changes were without the other.
    """
    files: dict[str, dict[str, int]] = defaultdict(dict)
    for one in observations:
        if one.type == "edit":
            files[one.session_id] = dict.fromkeys(one.files_modified.splitlines(), one.seq) | files[one.session_id]
    sessions = [one for one in files.values() if len(one) <= MAX_SESSION_FILES]
    for group in _merge_pairs(_count_pairs(sessions))[:MAX_FACTS_PER_TYPE]:
        seqs = tuple(one[group[0]] for one in sessions if set(group) <= one.keys())
        if seqs:
            yield FilesTogether(group, seqs)


def _count_pairs(sessions: Sequence[Mapping[str, int]]) -> list[tuple[str, str]]:
    """Lists the pairs of files that change together, the most frequent first."""
    alone = Counter(path for session in sessions for path in session)
    pairs = Counter(pair for session in sessions for pair in combinations(sorted(session), 2))
    return [
        (one, other)
        for (one, other), count in pairs.most_common()
        if count >= MIN_SHARED_SESSIONS and count >= MIN_SHARED_SHARE * (alone[one] + alone[other] - count)
    ]


def _merge_pairs(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Merges pairs into groups in which each two files change together; each file stands in one group."""
    known, groups = set(pairs), list[list[str]]()
    for pair in pairs:
        for path in pair:
            if any(path in group for group in groups):
                continue
            home = next((group for group in groups if _belongs(path, group, known)), None)
            if home is not None:
                home.append(path)
            elif not any(other in group for group in groups for other in pair):
                groups.append(list(pair))
    return [tuple(sorted(group)) for group in groups]


def _belongs(path: str, group: Sequence[str], known: set[tuple[str, str]]) -> bool:
    pairs = ((path, other) if path < other else (other, path) for other in group)
    return len(group) < MAX_GROUP_FILES and all(pair in known for pair in pairs)


def find_conventions(instructions: Sequence[Instruction]) -> Iterator[Convention]:
    """Finds instructions that a person repeated in other prompts, if only in similar words; newest first."""
    groups: list[tuple[set[str], list[Instruction]]] = []
    for one in instructions:
        words = _list_subject_words(one.text)
        similar = next((group for group_words, group in groups if _mean_the_same(group_words, words)), None)
        if similar is not None:
            similar.append(one)
        elif len(groups) < MAX_INSTRUCTION_GROUPS:
            groups.append((words, [one]))
    found = (_make_convention(group) for _, group in groups)
    repeated = [one for one in found if len(one.seqs) >= MIN_REPEATS]
    yield from sorted(repeated, key=lambda one: (-one.sessions, -len(one.seqs)))[:MAX_FACTS_PER_TYPE]


def _make_convention(group: Sequence[Instruction]) -> Convention:
    seqs = tuple(dict.fromkeys(one.seq for one in group))
    return Convention(group[0].text, seqs, len({one.session_id for one in group}))


def _list_subject_words(text: str) -> set[str]:
    words = set(patterns.WORD.findall(text[:1_000].lower()))
    forbids = {"not"} if words & _FORBIDDING else set()
    return words - _INSTRUCTING | forbids


def _mean_the_same(one: set[str], other: set[str]) -> bool:
    if ("not" in one) != ("not" in other):
        return False
    one, other = one - {"not"}, other - {"not"}
    shared = len(one & other)
    is_close = shared >= MIN_SUBJECT_WORDS and shared >= MIN_SUBJECT_OVERLAP * max(len(one), len(other))
    return is_close or (bool(one) and one == other)


def are_similar(one: set[str], other: set[str]) -> bool:
    minimum = MIN_WORD_OVERLAP * max(len(one), len(other), 1)
    return min(len(one), len(other)) >= minimum and len(one & other) >= minimum
