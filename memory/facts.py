"""What recurs: how the tests are run here, what fixed an error, files that change together, corrections. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from memory.commands import runs_tests
from memory.happening import line

TWICE, TOGETHER, MOST = 2, 3, 3  # how often something is said, how often files go together, facts of a kind
WIDEST = 12  # files of one session: more were no change of one thing
LIKE = 0.8  # of the words of a correction, to be the same one
_CORRECTS = re.compile(
    r"\s*(?:no\b|don'?t\b|do not\b|never\b|always\b|stop\b|please (?:don'?t|never|always)\b)", re.IGNORECASE
)
_WORD = re.compile(r"\w+")


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
    groups: list[list[Said]] = []
    for one in said:
        if not _CORRECTS.match(one.text):
            continue
        like = next((group for group in groups if _are_alike(group[0].text, one.text)), None)
        if like is None:
            groups.append([one])
        else:
            like.append(one)
    told = [group for group in groups if len(group) >= TWICE]
    yield from (Fact("correction", line(group[0].text, 200), tuple(one.seq for one in group)) for group in told[:MOST])


def _are_alike(one: str, other: str) -> bool:
    first, second = (set(_WORD.findall(text[:1_000].lower())) for text in (one, other))
    return len(first & second) >= LIKE * max(len(first), len(second), 1)


RULES: tuple[Callable[[Sequence[Seen]], Iterable[Fact]], ...] = (_tests, _fixes, _together)
