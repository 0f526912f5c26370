"""Finds the commit that holds each change of a file. Pure. See docs/decisions/cost-by-change.md."""

import posixpath
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol, TypeVar

from memory.rules.changes.commit_staging import ALL_PATHS, OUTSIDE
from memory.rules.changes.git_acts import AMEND, HOLDING_KINDS
from memory.values.project_paths import list_parents

ActKey = tuple[int, int]  # number of the event, and the number of the act in it
_Group = tuple[str, str]  # "path" or "session", and its name
MAX_NAMED_DEPTH = 50  # of a folder that a commit names
MAX_AGE_US = 14 * 24 * 60 * 60 * 1_000_000  # of a change that a commit holds
NEVER_US = 2**62  # after all events


class HeldChange(NamedTuple):
    """The columns of `memory.models.FileChange` that commits need."""

    seq: int
    ordinal: int
    session_id: str
    at_us: int
    prompt_seq: int | None
    path: str
    old_path: str
    project: str


class CommitAct(Protocol):
    """The columns of `memory.models.GitAct` that tell what a commit holds."""

    @property
    def seq(self) -> int: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def session_id(self) -> str: ...
    @property
    def at_us(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def branch(self) -> str: ...
    @property
    def paths(self) -> str: ...


Act = TypeVar("Act", bound=CommitAct)


class Start(NamedTuple):
    """The time from which changes matter for some commits, and whether earlier acts than those given change nothing."""

    at_us: int
    is_final: bool


def key_of(act: CommitAct) -> ActKey:
    return act.seq, act.ordinal


def hold_changes(acts: Iterable[CommitAct], changes: Iterable[HeldChange]) -> dict[ActKey, list[HeldChange]]:
    """Finds the changes that each commit holds, of the acts and changes in one folder; each change is in one at most.

    It is the first commit after the change that may hold it. An amended commit passes its changes on.
    """
    held: dict[ActKey, list[HeldChange]] = defaultdict(list)
    commits = sorted((act for act in acts if act.kind in HOLDING_KINDS), key=_position)
    coming = deque(sorted(changes, key=_position))
    waiting = _WaitingChanges({line.removeprefix(OUTSIDE) for commit in commits for line in _list_lines(commit)})
    for commit in commits:
        # The output of a commit may name changes of its own.
        while coming and _position(coming[0])[:2] <= _position(commit)[:2]:
            waiting.add(coming.popleft())
        if found := waiting.take(commit):
            held[key_of(commit)] = found
    return _pass_on(commits, held)


def _position(row: CommitAct | HeldChange) -> tuple[int, int, int]:
    return row.at_us, row.seq, row.ordinal


class _WaitingChanges:
    """The changes that no commit holds so far, by what a commit says of them, so that none is looked at twice.

    `names` are those that any commit names: a change is found by no other.
    """

    def __init__(self, names: AbstractSet[str]) -> None:
        self._names = names
        self._by_group: dict[_Group, dict[ActKey, HeldChange]] = defaultdict(dict)

    def add(self, change: HeldChange) -> None:
        if not posixpath.isabs(change.path):
            for group in self._list_groups(change):
                self._by_group[group][change.seq, change.ordinal] = change

    def take(self, commit: CommitAct) -> list[HeldChange]:
        """Takes those that the commands before a commit named: files, all files, or if none those of its session."""
        lines = _list_lines(commit)
        names = [line for line in lines if not line.startswith(OUTSIDE)]
        groups = [("path", name) for name in names] or [("session", str(commit.session_id))]
        outside = [("path", line.removeprefix(OUTSIDE)) for line in lines if line.startswith(OUTSIDE)]
        taken = self._collect(groups)
        for key in self._collect(outside) if taken else ():
            taken.pop(key, None)
        for key, change in taken.items():
            for group in self._list_groups(change):
                self._by_group[group].pop(key, None)
        # What is too old for this commit is so for all that follow.
        return sorted((one for one in taken.values() if commit.at_us - one.at_us <= MAX_AGE_US), key=_position)

    def _collect(self, groups: Iterable[_Group]) -> dict[ActKey, HeldChange]:
        return {key: change for group in groups for key, change in self._by_group.get(group, {}).items()}

    def _list_groups(self, change: HeldChange) -> Iterator[_Group]:
        yield "session", str(change.session_id)
        names = [ALL_PATHS]
        for path in filter(None, (change.path, change.old_path)):
            names += [path, *list_parents(path)[-MAX_NAMED_DEPTH:]]
        yield from (("path", name) for name in names if name in self._names)


def _list_lines(commit: CommitAct) -> list[str]:
    return commit.paths.split("\n") if commit.paths else []


def find_start(acts: Iterable[CommitAct], wanted: AbstractSet[ActKey]) -> Start:
    """Finds the time from which the changes in a folder matter for some of its commits.

    It is that of the last commit of all files before them: it holds all that was changed until then.
    """
    in_order = sorted((act for act in acts if act.kind in HOLDING_KINDS), key=_position)
    needed, replacing = set(wanted), set[ActKey]()
    for replaced, commit in reversed(find_replaced(in_order)):
        if key_of(commit) in needed:
            needed.add(key_of(replaced))
            replacing.add(key_of(commit))
    of_wanted = [act for act in in_order if key_of(act) in needed]
    first_us = min((act.at_us for act in of_wanted), default=NEVER_US)
    earlier = [act.at_us for act in in_order if act.at_us < first_us and act.paths == ALL_PATHS]
    has_all = needed <= {key_of(act) for act in of_wanted}
    is_whole = has_all and all(act.kind != AMEND or key_of(act) in replacing for act in of_wanted)
    return Start(max([first_us - MAX_AGE_US, *earlier]), bool(earlier) and is_whole)


def _pass_on(commits: Sequence[CommitAct], held: dict[ActKey, list[HeldChange]]) -> dict[ActKey, list[HeldChange]]:
    for replaced, commit in find_replaced(commits):
        held[key_of(commit)] = held.pop(key_of(replaced), []) + held[key_of(commit)]
    return held


def find_replaced(acts: Iterable[Act]) -> list[tuple[Act, Act]]:
    """Finds each commit that its session replaced by amending it, with the one that took its place; in order."""
    latest: dict[tuple[str, str], Act] = {}  # by session and branch; of any branch without one
    pairs = []
    for commit in acts:
        if commit.kind in HOLDING_KINDS:
            session_id, branch = str(commit.session_id), str(commit.branch)
            last = latest.get((session_id, ""))
            if last and branch and last.branch not in ("", branch):
                last = latest.get((session_id, branch))
            if commit.kind == AMEND and last:
                pairs.append((last, commit))
            latest |= dict.fromkeys(((session_id, ""), (session_id, branch)), commit)
    return pairs
