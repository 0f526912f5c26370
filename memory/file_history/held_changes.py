"""Loads the changes that commits hold: see `memory.file_history.commit_changes`. Needs `acting_for` the user."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from memory.file_history.commit_changes import (
    MAX_AGE_US,
    ActKey,
    HeldChange,
    find_start,
    hold_changes,
    key_of,
)
from memory.models import FileChange, GitAct
from memory.models.traced import GitActQuerySet
from memory.rules.changes.git_acts import COMMIT_KINDS, HOLDING_KINDS

MAX_CHANGES, MAX_ACTS = 10_000, 2_000  # that are read in the folders of a page
FIRST_ACTS = 200  # that are read first: mostly they are enough


class HeldAct(NamedTuple):
    """The columns of `memory.models.GitAct` that tell what a commit holds."""

    seq: int
    ordinal: int
    session_id: str
    at_us: int
    kind: str
    branch: str
    paths: str
    project: str


_ActsByFolder = Mapping[str, Sequence[HeldAct]]


def load_held(user_id: UUID, acts: Sequence[GitAct]) -> dict[ActKey, list[HeldChange]]:
    """Loads the changes that these commits hold, by commit."""
    commits = [act for act in acts if act.kind in COMMIT_KINDS]
    if not commits:
        return defaultdict(list)
    rows = _load_acts(user_id, commits)
    changes: dict[str, list[HeldChange]] = defaultdict(list)
    for change in _load_candidates(user_id, commits, rows):
        changes[change.project].append(change)
    held = {key: found for name, acts in rows.items() for key, found in hold_changes(acts, changes[name]).items()}
    return {key_of(act): held.get(key_of(act), []) for act in commits}


def _load_acts(user_id: UUID, commits: Sequence[GitAct]) -> _ActsByFolder:
    """Loads the commits by folder that decide what these commits hold: those before them, and what replaced them."""
    first, last = min(act.at_us for act in commits), max(act.at_us for act in commits)
    rows = GitAct.objects.for_user(user_id).filter(project__in={act.project for act in commits}, kind__in=HOLDING_KINDS)
    later = rows.filter(
        session_id__in={act.session_id for act in commits}, at_us__gt=last, at_us__lte=last + MAX_AGE_US
    )
    after = _fetch(later.order_by("at_us", "seq", "ordinal"), MAX_ACTS)
    earlier = rows.filter(at_us__gte=first - MAX_AGE_US, at_us__lte=last).newest_first()
    before = _fetch(earlier, FIRST_ACTS)
    by_folder = _group(before + after)
    if len(before) == FIRST_ACTS and not _are_enough(commits, by_folder):
        by_folder = _group(_fetch(earlier, MAX_ACTS) + after)
    return by_folder


def _fetch(rows: GitActQuerySet, limit: int) -> list[HeldAct]:
    return [HeldAct._make(row) for row in rows.values_list(*HeldAct._fields)[:limit]]


def _group(acts: Sequence[HeldAct]) -> _ActsByFolder:
    by_folder: dict[str, list[HeldAct]] = defaultdict(list)
    for act in acts:
        by_folder[act.project].append(act)
    return by_folder


def _are_enough(commits: Sequence[GitAct], rows: _ActsByFolder) -> bool:
    return all(find_start(rows.get(name, ()), keys).is_final for name, keys in _list_wanted(commits).items())


def _list_wanted(commits: Sequence[GitAct]) -> dict[str, set[ActKey]]:
    wanted: dict[str, set[ActKey]] = defaultdict(set)
    for act in commits:
        wanted[act.project].add(key_of(act))
    return wanted


def _load_candidates(user_id: UUID, commits: Sequence[GitAct], rows: _ActsByFolder) -> Iterator[HeldChange]:
    """Loads the changes that these commits may hold."""
    condition = Q()
    for project, wanted in _list_wanted(commits).items():
        last = max(act.at_us for act in commits if act.project == project)
        start = find_start(rows.get(project, ()), wanted)
        condition |= Q(project=project, at_us__gte=start.at_us, at_us__lte=last)
    found = FileChange.objects.for_user(user_id).filter(condition).newest_first()
    return map(HeldChange._make, found.values_list(*HeldChange._fields)[:MAX_CHANGES])
