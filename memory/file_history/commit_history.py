"""Loads commits and pull requests: of a project, of a session, and one commit with all that is behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from events.isolation.row_security import acting_for_user
from memory.file_history.change_history import TracedChange, load_start_seqs, trace_changes
from memory.file_history.commit_changes import ActKey, HeldChange, find_replaced, key_of
from memory.file_history.commit_costs import NOTHING, CommitCost, load_commit_costs, sum_costs
from memory.file_history.file_lists import Position, before_position, narrow
from memory.file_history.held_changes import load_held
from memory.models import FileChange, GitAct
from memory.models.traced import GitActQuerySet
from memory.projection import projector, reader_projection
from memory.rules.changes.git_acts import COMMIT_KINDS
from memory.rules.changes.git_commands import REQUEST
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionInfo
from memory.values.page_filter import NO_FILTER, PageFilter

MIN_HASH_CHARS, MAX_HASH_CHARS = 7, 64
MAX_ACTS = 100  # of one commit
MAX_SESSION_ACTS = 200
MAX_SCANNED_ACTS = 2_000  # of the sessions of a commit
LISTED_KINDS = (*COMMIT_KINDS, REQUEST)
_HEX_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class TracedAct:
    """An act with its session (None if deleted meanwhile), and for a commit with what it cost."""

    row: GitAct
    session: SessionInfo | None
    cost: CommitCost = field(default=NOTHING)
    start_seq: int = 0  # the event at which the timeline of the session shows the act

    @property
    def position(self) -> Position:
        return self.row.at_us, self.row.seq, self.row.ordinal


@dataclass(frozen=True, slots=True)
class CommitPage:
    """A page of commits and pull requests, newest first. `total` is what its commits cost together."""

    acts: Sequence[TracedAct]
    next_position: Position | None
    total: CommitCost


@dataclass(frozen=True, slots=True)
class CommitQuery:
    """Which commits and pull requests are listed: those of a project, a session, a branch; empty means all."""

    page_filter: PageFilter = NO_FILTER
    limit: int = 50
    before: Position | None = None
    session_id: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class CommitHistory:
    """One commit: what sessions did with it, newest first, the changes that it holds, and its pull requests.

    `hash` is as long as any output showed it; `replaced_by` is the commit that took its place when it was amended.
    """

    hash: str
    acts: Sequence[TracedAct]
    changes: Sequence[TracedChange]
    requests: Sequence[GitAct]
    replaced_by: str = ""

    @property
    def cost(self) -> CommitCost:
        return sum_costs([(one.row, one.turn_cost) for one in self.changes])

    @property
    def made(self) -> GitAct:
        """The act that made the commit, else the first that is known of it."""
        acts = [act.row for act in reversed(self.acts)]
        return next((act for act in acts if act.kind in COMMIT_KINDS), acts[0])

    @property
    def subject(self) -> str:
        return next((act.row.subject for act in self.acts if act.row.subject), "")


def is_hash(text: str) -> bool:
    """Whether a text may be the hash of a commit, or the beginning of one."""
    return MIN_HASH_CHARS <= len(text) <= MAX_HASH_CHARS and _HEX_DIGITS.issuperset(text)


def list_commits(user_id: UUID, query: CommitQuery) -> CommitPage:
    """Lists commits and pull requests, newest first; projects the log to its end first."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return list_projected_commits(user_id, query)


@acting_for_user
def list_projected_commits(user_id: UUID, query: CommitQuery) -> CommitPage:
    """Lists the same page without projecting the log first."""
    rows = narrow(GitAct.objects.for_user(user_id).filter(kind__in=LISTED_KINDS), user_id, query.page_filter)
    wanted = {"session_id": query.session_id, "branch": query.branch}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    rows = rows.filter(before_position(query.before)) if query.before else rows
    found = list(rows.newest_first()[: query.limit + 1])
    page = found[: query.limit]
    costs = load_commit_costs(user_id, load_held(user_id, page))
    acts = _trace_acts(user_id, page, costs.by_act)
    return CommitPage(acts, acts[-1].position if len(found) > query.limit else None, costs.total)


@acting_for_user
def list_session_acts(user_id: UUID, session_id: str) -> list[GitAct]:
    """Lists the commits and pull requests of a session in order, each pull request once."""
    rows = GitAct.objects.for_user(user_id).filter(session_id=session_id, kind__in=LISTED_KINDS)
    acts = list(rows.newest_first()[:MAX_SESSION_ACTS])[::-1]
    replaced = {key_of(old) for old, _ in find_replaced(acts)}
    return list({act.url or key_of(act): act for act in acts if key_of(act) not in replaced}.values())


def find_commit(user_id: UUID, hash_start: str) -> CommitHistory | None:
    """Loads a commit by its hash or the beginning of it; projects the log to its end first."""
    hash_start = hash_start.lower()
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return find_projected_commit(user_id, hash_start) if is_hash(hash_start) else None


@acting_for_user
def find_projected_commit(user_id: UUID, hash_start: str) -> CommitHistory | None:
    """Loads the same commit without projecting the log first."""
    acts = _find_acts(GitAct.objects.for_user(user_id), hash_start)
    if not acts:
        return None
    traced = trace_changes(user_id, _load_changes(user_id, load_held(user_id, acts)))
    name = max((act.hash for act in acts), key=len)
    return CommitHistory(
        name, _trace_acts(user_id, acts, {}), traced, _load_requests(user_id, acts), _find_successor(user_id, acts)
    )


def _find_acts(rows: GitActQuerySet, hash_start: str) -> list[GitAct]:
    """Finds the acts of the latest commit whose hash begins so. Outputs abbreviate a hash to various lengths."""
    shorter = [hash_start[:length] for length in range(MIN_HASH_CHARS, len(hash_start) + 1)]
    is_longer = Q(hash__gt=hash_start, hash__lt=f"{hash_start}g")
    acts = list(rows.filter(Q(hash__in=shorter) | is_longer).newest_first()[:MAX_ACTS])
    full = max((act.hash for act in acts if act.hash.startswith(acts[0].hash)), key=len, default="")
    return [act for act in acts if full.startswith(act.hash)]


def _load_changes(user_id: UUID, held: Mapping[ActKey, Sequence[HeldChange]]) -> list[FileChange]:
    keys = {(change.seq, change.ordinal) for changes in held.values() for change in changes}
    rows = FileChange.objects.for_user(user_id).filter(seq__in={seq for seq, _ in keys})
    in_order = rows.order_by("at_us", "seq", "ordinal").defer("line_hashes")
    return [change for change in in_order if (change.seq, change.ordinal) in keys]


def _find_successor(user_id: UUID, acts: Sequence[GitAct]) -> str:
    keys, sessions = {key_of(act) for act in acts}, {act.session_id for act in acts}
    commits = GitAct.objects.for_user(user_id).filter(
        session_id__in=sessions, kind__in=COMMIT_KINDS, at_us__gte=min(act.at_us for act in acts)
    )
    in_order = list(commits.order_by("at_us", "seq", "ordinal")[:MAX_SCANNED_ACTS])
    return next((new.hash for old, new in find_replaced(in_order) if key_of(old) in keys), "")


def _load_requests(user_id: UUID, acts: Sequence[GitAct]) -> list[GitAct]:
    """Loads the pull requests that the same sessions opened of the same branches."""
    branches: Collection[str] = {act.branch for act in acts if act.branch}
    rows = GitAct.objects.for_user(user_id).filter(
        session_id__in={act.session_id for act in acts}, kind=REQUEST, branch__in=branches
    )
    return list({act.url: act for act in rows.newest_first()[:MAX_ACTS]}.values())


def _trace_acts(user_id: UUID, acts: Sequence[GitAct], costs: Mapping[ActKey, CommitCost]) -> list[TracedAct]:
    sessions = session_queries.load_sessions(user_id, {act.session_id for act in acts})
    starts = load_start_seqs(user_id, [act.seq for act in acts])
    return [
        TracedAct(act, sessions.get(act.session_id), costs.get(key_of(act), NOTHING), starts.get(act.seq) or act.seq)
        for act in acts
    ]
