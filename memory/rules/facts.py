"""Finds the facts of a project: test command, fixes, files that change together, repeated corrections. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from events.wire import patterns
from events.wire.hook_event import summary_line
from memory.rules.shell_commands import runs_tests

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
    """A fact of type `tests`, `fix`, `together` or `correction`, from the entries `seqs`.

    Only the text of a `correction` was typed by a person.
    """

    type: str
    text: str
    seqs: tuple[int, ...]


def find_facts(observations: Sequence[ObservationRow], prompts: Sequence[UserPrompt]) -> list[Fact]:
    """Finds facts in the newest observations and prompts of a project; both are newest first."""
    found = [*_find_corrections(prompts)]
    for rule in RULES:
        found += rule(observations)
    return found


def _find_test_command(observations: Sequence[ObservationRow]) -> Iterator[Fact]:
    runs: dict[str, list[int]] = defaultdict(list)
    for one in observations:
        command = one.title.partition("`")[2].partition("`")[0]
        if one.type in ("command", "fix") and runs_tests(command):
            runs[command].append(one.seq)
    if runs:
        command = max(runs, key=lambda name: len(runs[name]))
        if len(runs[command]) >= MIN_REPEATS:
            yield Fact("tests", command, tuple(runs[command]))


def _find_fixes(observations: Sequence[ObservationRow]) -> Iterator[Fact]:
    fixes = [one for one in observations if one.type == "fix" and one.files_modified]
    yield from (Fact("fix", one.title, (one.seq,)) for one in fixes[:MAX_FACTS_PER_TYPE])


def _find_file_pairs(observations: Sequence[ObservationRow]) -> Iterator[Fact]:
    files: dict[str, dict[str, int]] = defaultdict(dict)
    for one in observations:
        if one.type == "edit":
            files[one.session_id] |= dict.fromkeys(one.files_modified.splitlines(), one.seq)
    pairs: Counter[tuple[str, str]] = Counter()
    for session_files in files.values():
        if len(session_files) <= MAX_SESSION_FILES:
            pairs.update(combinations(sorted(session_files), 2))
    for pair, count in pairs.most_common(MAX_FACTS_PER_TYPE):
        if count >= MIN_SHARED_SESSIONS:
            seqs = tuple(session_files[pair[0]] for session_files in files.values() if set(pair) <= set(session_files))
            yield Fact("together", " and ".join(pair), seqs)


def _find_corrections(prompts: Sequence[UserPrompt]) -> Iterator[Fact]:
    """Finds corrections that the user typed more than once in nearly the same words."""
    groups: list[tuple[set[str], list[UserPrompt]]] = []
    for one in prompts:
        if not patterns.CORRECTION.match(one.text[:1_000].lstrip()):
            continue
        words = set(patterns.WORD.findall(one.text[:1_000].lower()))
        similar = next((group for group_words, group in groups if _are_similar(group_words, words)), None)
        if similar is not None:
            similar.append(one)
        elif len(groups) < MAX_CORRECTION_GROUPS:
            groups.append((words, [one]))
    repeated = [group for _, group in groups if len(group) >= MIN_REPEATS]
    yield from (
        Fact("correction", summary_line(group[0].text, 200), tuple(one.seq for one in group))
        for group in repeated[:MAX_FACTS_PER_TYPE]
    )


def _are_similar(one: set[str], other: set[str]) -> bool:
    minimum = MIN_WORD_OVERLAP * max(len(one), len(other), 1)
    return min(len(one), len(other)) >= minimum and len(one & other) >= minimum


RULES: tuple[Callable[[Sequence[ObservationRow]], Iterable[Fact]], ...] = (
    _find_test_command,
    _find_fixes,
    _find_file_pairs,
)
