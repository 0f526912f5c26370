"""What recurs: how the tests are run here, what fixed an error, files that change together, corrections. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from events.wire import patterns
from events.wire.hook_event import line
from memory.rules.shell_commands import runs_tests

TWICE, TOGETHER, MOST = 2, 3, 3  # how often something is said, how often files go together, facts of a kind
WIDEST = 12  # files of one session: more were no change of one thing
GROUPS = 50  # different corrections that others are compared with
LIKE = 0.8  # of the words of a correction, to be the same one


class Seen(Protocol):
    """An observation, newest first among its like."""

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


class Said(Protocol):
    """A prompt that a person wrote."""

    @property
    def seq(self) -> int: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fact:
    """`type` is `tests`, `fix`, `together` or `correction`: only that is a person's words. `seqs` say from where."""

    type: str
    text: str
    seqs: tuple[int, ...]


def facts(seen: Sequence[Seen], said: Sequence[Said]) -> list[Fact]:
    """From the latest observations and prompts of a project."""
    found = [*_corrections(said)]
    for rule in RULES:
        found += rule(seen)
    return found


def _tests(seen: Sequence[Seen]) -> Iterator[Fact]:
    runs: dict[str, list[int]] = defaultdict(list)
    for one in seen:
        command = one.title.partition("`")[2].partition("`")[0]
        if one.type in ("command", "fix") and runs_tests(command):
            runs[command].append(one.seq)
    if runs:
        command = max(runs, key=lambda name: len(runs[name]))
        if len(runs[command]) >= TWICE:
            yield Fact("tests", command, tuple(runs[command]))


def _fixes(seen: Sequence[Seen]) -> Iterator[Fact]:
    fixes = [one for one in seen if one.type == "fix" and one.files_modified]
    yield from (Fact("fix", one.title, (one.seq,)) for one in fixes[:MOST])


def _together(seen: Sequence[Seen]) -> Iterator[Fact]:
    files: dict[str, dict[str, int]] = defaultdict(dict)
    for one in seen:
        if one.type == "edit":
            files[one.session_id] |= dict.fromkeys(one.files_modified.splitlines(), one.seq)
    pairs: Counter[tuple[str, str]] = Counter()
    for of_session in files.values():
        if len(of_session) <= WIDEST:
            pairs.update(combinations(sorted(of_session), 2))
    for pair, count in pairs.most_common(MOST):
        if count >= TOGETHER:
            seqs = tuple(of_session[pair[0]] for of_session in files.values() if set(pair) <= set(of_session))
            yield Fact("together", " and ".join(pair), seqs)


def _corrections(said: Sequence[Said]) -> Iterator[Fact]:
    """What the user asked for in nearly the same words more than once."""
    groups: list[tuple[set[str], list[Said]]] = []
    for one in said:
        if not patterns.CORRECTION.match(one.text[:1_000].lstrip()):
            continue
        words = set(patterns.WORD.findall(one.text[:1_000].lower()))
        like = next((group for known, group in groups if _are_alike(known, words)), None)
        if like is not None:
            like.append(one)
        elif len(groups) < GROUPS:
            groups.append((words, [one]))
    told = [group for _, group in groups if len(group) >= TWICE]
    yield from (Fact("correction", line(group[0].text, 200), tuple(one.seq for one in group)) for group in told[:MOST])


def _are_alike(one: set[str], other: set[str]) -> bool:
    least = LIKE * max(len(one), len(other), 1)
    return min(len(one), len(other)) >= least and len(one & other) >= least


RULES: tuple[Callable[[Sequence[Seen]], Iterable[Fact]], ...] = (_tests, _fixes, _together)
