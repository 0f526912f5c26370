"""Loads the changes of one file, newest first, with the prompt, the session and the cost of each.

The history continues with the earlier path of a file, as far as commands moved it.
"""

import posixpath
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from events.isolation.row_security import acting_for_user
from memory.file_history.file_lists import Position, before_position, select_changes
from memory.file_history.turn_costs import NO_COST, TurnCost, load_turn_costs
from memory.models import FileChange, Observation, Prompt
from memory.models.traced import FileChangeQuerySet
from memory.preferences import preference_queries
from memory.projection import projector, reader_projection
from memory.rules.changes.edited_lines import split_hashes
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionInfo
from memory.values.host_markup import without_host_text
from memory.values.page_filter import NO_FILTER, PageFilter
from memory.values.project_paths import list_parents, list_suffixes

MAX_MOVES = 8  # moves of a file that its history follows
MAX_SCANNED = 2_000  # changes whose hashes are compared


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which changes of a file are loaded.

    `hashes` selects those that added one of these lines. `is_in_repository` means that `path` is relative to the
    repository: a session that was started in a folder of it knows the file by a shorter path.
    """

    path: str
    page_filter: PageFilter = NO_FILTER
    limit: int = 30
    before: Position | None = None
    hashes: frozenset[str] = frozenset()
    is_in_repository: bool = False


@dataclass(frozen=True, slots=True)
class TracedChange:
    """A change with its prompt (None if unknown), its session (None if deleted meanwhile) and the cost of its turn."""

    row: FileChange
    prompt: Prompt | None
    session: SessionInfo | None
    turn_cost: TurnCost = field(default=NO_COST)
    start_seq: int = 0  # the event at which the timeline of the session shows the change

    @property
    def position(self) -> Position:
        return self.row.at_us, self.row.seq, self.row.ordinal

    @property
    def prompt_text(self) -> str:
        """The words of the prompt, without what the host added."""
        return without_host_text(self.prompt.text) if self.prompt else ""

    @property
    def share_microdollars(self) -> int | None:
        """The part of the turn's cost that counts for this change; None if no answer has a price."""
        share = self.turn_cost.shares.get((self.row.seq, self.row.ordinal), 0)
        return share if self.turn_cost.is_known else None

    @property
    def turn_microdollars(self) -> int | None:
        return self.turn_cost.cost_microdollars if self.turn_cost.is_known else None


@dataclass(frozen=True, slots=True)
class FileHistory:
    """A page of a history. `earlier_paths` are the paths that the file had before it was moved."""

    changes: Sequence[TracedChange]
    earlier_paths: Sequence[str]
    next_position: Position | None


@dataclass(frozen=True, slots=True)
class _Span:
    """A path, the project below which it counts (empty: any), and until when."""

    path: str
    until: Position | None = None
    project_end: str = ""


def load_history(user_id: UUID, query: HistoryQuery) -> FileHistory:
    """Loads a page of a file's history; projects the log to its end first."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_history(user_id, query)


@acting_for_user
def load_projected_history(user_id: UUID, query: HistoryQuery) -> FileHistory:
    """Loads the same page without projecting the log first."""
    rows = select_changes(user_id, query.page_filter)
    spans = _find_spans(rows, query)
    limit = MAX_SCANNED if query.hashes else query.limit + 1
    rows = rows if query.hashes else rows.defer("line_hashes")
    found = sorted(
        (change for span in spans for change in _select_span(rows, span, query.before)[:limit]),
        key=lambda change: (change.at_us, change.seq, change.ordinal),
        reverse=True,
    )
    if query.hashes:
        found = [change for change in found if not query.hashes.isdisjoint(split_hashes(change.line_hashes))]
    page, has_more = found[: query.limit], len(found) > query.limit
    traced = trace_changes(user_id, page)
    earlier = list(dict.fromkeys(span.path for span in spans if span.path != query.path))
    return FileHistory(traced, earlier, traced[-1].position if has_more else None)


def _find_spans(rows: FileChangeQuerySet, query: HistoryQuery) -> list[_Span]:
    """Lists the paths of the file, the present one first."""
    spans, pending = list[_Span](), [_Span(query.path)]
    if query.is_in_repository:
        pending += [_Span(rest, project_end=folder) for folder, rest in list_suffixes(query.path)[1:]]
    while pending and len(spans) < MAX_MOVES * 2:
        span = pending.pop(0)
        spans.append(span)
        if earlier := _find_earlier(rows, span):
            pending.append(earlier)
    return spans


def _find_earlier(rows: FileChangeQuerySet, span: _Span) -> _Span | None:
    """Finds the path before the last move of a file, or of a folder that contains it."""
    moves = _within(rows.moves().filter(path__in=[span.path, *list_parents(span.path)]), span, span.until)
    move = moves.newest_first().first()
    if move is None:
        return None
    rest = span.path[len(move.path) :].lstrip("/")
    path = posixpath.join(move.old_path, rest) if rest else move.old_path
    return _Span(path, (move.at_us, move.seq, move.ordinal), span.project_end)


def _within(rows: FileChangeQuerySet, span: _Span, until: Position | None) -> FileChangeQuerySet:
    if span.project_end:
        rows = rows.filter(Q(project__endswith=f"/{span.project_end}"))
    return rows.filter(before_position(until)) if until else rows


def _select_span(rows: FileChangeQuerySet, span: _Span, before: Position | None) -> FileChangeQuerySet:
    until = min((position for position in (span.until, before) if position), default=None)
    return _within(rows.filter(path=span.path), span, until).newest_first()


def trace_changes(user_id: UUID, changes: Sequence[FileChange]) -> list[TracedChange]:
    """Loads prompt, session and cost of each change. Needs `acting_for` the user."""
    prompts = _load_prompts(user_id, {change.prompt_seq for change in changes if change.prompt_seq is not None})
    sessions = session_queries.load_sessions(user_id, {change.session_id for change in changes})
    costs, start_seqs = load_turn_costs(user_id, changes), load_start_seqs(user_id, [one.seq for one in changes])
    return [
        TracedChange(
            change,
            prompts.get(change.prompt_seq or 0),
            sessions.get(change.session_id),
            costs.get(change.prompt_seq or 0, NO_COST),
            start_seqs.get(change.seq) or change.seq,
        )
        for change in changes
    ]


def load_start_seqs(user_id: UUID, seqs: Collection[int]) -> dict[int, int | None]:
    """Loads the events that started these tool calls, by their ends. Needs `acting_for` the user."""
    return dict(Observation.objects.for_user(user_id).filter(seq__in=seqs).values_list("seq", "start_seq"))


def _load_prompts(user_id: UUID, seqs: Collection[int]) -> dict[int, Prompt]:
    """Loads prompts, without those that the user had forgotten."""
    known = set(seqs) - preference_queries.load_forgotten_seqs(user_id)
    return {prompt.seq: prompt for prompt in Prompt.objects.for_user(user_id).filter(seq__in=known)}
