"""Finds the commit that holds each change of a file. Pure. See docs/decisions/cost-by-change.md."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.models import GitAct
from memory.rules.changes.git_acts import ALL_PATHS, AMEND, HOLDING_KINDS

ActKey = tuple[int, int]  # number of the event, and the number of the act in it
MAX_AGE_US = 14 * 24 * 60 * 60 * 1_000_000  # of a change that a commit holds


@dataclass(frozen=True, slots=True)
class HeldChange:
    """The columns of `memory.models.FileChange` that commits need."""

    seq: int
    ordinal: int
    session_id: str
    at_us: int
    prompt_seq: int | None
    path: str
    old_path: str
    project: str


def key_of(act: GitAct) -> ActKey:
    return act.seq, act.ordinal


def hold_changes(acts: Iterable[GitAct], changes: Iterable[HeldChange]) -> dict[ActKey, list[HeldChange]]:
    """Finds the changes that each commit holds, of the acts and changes in one folder; each change is in one at most.

    It is the first commit after the change that may hold it. An amended commit passes its changes on.
    """
    held: dict[ActKey, list[HeldChange]] = defaultdict(list)
    commits = sorted((act for act in acts if act.kind in HOLDING_KINDS), key=_position)
    start = 0
    for change in sorted(changes, key=_position):
        while start < len(commits) and _position(commits[start]) < _position(change):
            start += 1
        holder = next((commit for commit in commits[start:] if _may_hold(commit, change)), None)
        if holder:
            held[key_of(holder)].append(change)
    return _pass_on(commits, held)


def _position(row: GitAct | HeldChange) -> tuple[int, int, int]:
    return row.at_us, row.seq, row.ordinal


def _may_hold(commit: GitAct, change: HeldChange) -> bool:
    """Whether the commands before a commit named the file or all files, or named none in the change's own session."""
    if commit.at_us - change.at_us > MAX_AGE_US or posixpath.isabs(change.path):
        return False
    if not commit.paths:
        return bool(commit.session_id == change.session_id)
    names = commit.paths.split("\n")
    return ALL_PATHS in names or any(_is_within(path, names) for path in (change.path, change.old_path) if path)


def _is_within(path: str, names: Sequence[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)


def _pass_on(commits: Sequence[GitAct], held: dict[ActKey, list[HeldChange]]) -> dict[ActKey, list[HeldChange]]:
    for replaced, commit in find_replaced(commits):
        held[key_of(commit)] = held.pop(key_of(replaced), []) + held[key_of(commit)]
    return held


def find_replaced(acts: Iterable[GitAct]) -> list[tuple[GitAct, GitAct]]:
    """Finds each commit that its session replaced by amending it, with the one that took its place; in order."""
    latest: dict[str, GitAct] = {}
    pairs = []
    for commit in acts:
        if commit.kind in HOLDING_KINDS:
            if commit.kind == AMEND and commit.session_id in latest:
                pairs.append((latest[commit.session_id], commit))
            latest[commit.session_id] = commit
    return pairs
