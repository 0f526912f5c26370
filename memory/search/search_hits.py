"""Searches prompts, observations and summaries, and loads the full text of chosen entries."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from events.isolation.row_security import acting_for_user
from events.store import log
from events.store.log import Record
from events.wire.hook_event import HookEvent, summary_line
from memory.models import Annotation, Observation, Prompt, SearchDocument, Summary
from memory.preferences import preference_queries
from memory.projection import projector, reader_projection
from memory.rules.observations import estimate_tokens, extract_observation_text
from memory.search import forgotten_requests
from memory.search.candidates import find_candidates
from memory.search.query_parser import BEST_FIRST, SearchQuery
from memory.search.ranking import RankedDocument, rank_documents
from memory.search.snippets import SnippetPart, build_snippet_parts, format_snippet, mark_matches
from memory.sessions import session_queries
from memory.values.host_markup import without_host_text

MAX_TITLE_CHARS = 160
PrepareSummaries = Callable[[UUID, list[Summary]], list[Summary]]


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """A prompt, an observation or a summary with its full text.

    `id` is the number of the event that ended the entry. `start_seq` is the number of the event that started the entry;
    the session's timeline shows the entry at that event.
    """

    id: int
    at_us: int
    type: str
    title: str
    text: str
    session_id: str
    project: str
    tokens: int
    trust: str
    start_seq: int
    outcome: str = ""
    files_read: tuple[str, ...] = ()
    files_modified: tuple[str, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entry, with its session and the prompt that the session then worked on; both may be empty.

    `prompt_id` is None without a prompt; that of a prompt is its own.
    """

    entry: MemoryEntry
    title_parts: Sequence[SnippetPart]
    snippet_parts: Sequence[SnippetPart]
    session_title: str = ""
    prompt_id: int | None = None
    prompt: str = ""

    @property
    def snippet(self) -> str:
        return format_snippet(self.snippet_parts)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits. `next_position` is the start of the next page: (log head at the first page, hits so far).

    `total` counts all hits; if it is not exact, there are more, which were not read. `full_total` counts those with all
    words. `corrections` are the words that were searched instead of a word that hardly occurs.
    """

    hits: Sequence[SearchHit]
    next_position: tuple[int, int] | None
    total: int
    full_total: int
    total_is_exact: bool
    corrections: Mapping[str, Sequence[str]]


def search_entries(
    user_id: UUID, search_query: SearchQuery, *, limit: int, after: tuple[int, int] | None = None
) -> SearchPage:
    """Searches entries, in the query's order. Entries that arrive after the first page do not appear on later pages."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    max_seq, offset = after or (log.load_head(user_id), 0)
    forgotten = preference_queries.load_forgotten_seqs(user_id)
    candidates = find_candidates(user_id, search_query, max_seq)
    remembered = [one for one in candidates.documents if one.seq not in forgotten]
    documents = forgotten_requests.clear_documents(user_id, remembered, candidates.search_query.terms, forgotten)
    ranked = _sort(rank_documents(documents, candidates.search_query), search_query)
    page = [one.seq for one in ranked[offset : offset + limit]]
    return SearchPage(
        _build_hits(user_id, load_projected_entries(user_id, page), candidates.search_query),
        (max_seq, offset + limit) if len(ranked) > offset + limit else None,
        len(ranked),
        sum(one.has_all for one in ranked),
        candidates.is_complete,
        candidates.corrections,
    )


def _sort(ranked: list[RankedDocument], search_query: SearchQuery) -> list[RankedDocument]:
    if search_query.order == BEST_FIRST:
        return ranked
    return sorted(ranked, key=lambda one: (one.at_us, one.seq), reverse=not search_query.is_oldest_first)


@acting_for_user
def _build_hits(user_id: UUID, entries: Sequence[MemoryEntry], search_query: SearchQuery) -> list[SearchHit]:
    sessions = session_queries.load_sessions(user_id, {entry.session_id for entry in entries})
    prompts = _load_prompts(user_id, [entry.id for entry in entries])
    terms, paths = search_query.terms, search_query.paths
    return [
        SearchHit(
            entry,
            mark_matches(entry.title, terms, paths),
            build_snippet_parts(entry.text, terms, paths),
            sessions[entry.session_id].title if entry.session_id in sessions else "",
            prompts[entry.id].id if entry.id in prompts else None,
            prompts[entry.id].title if entry.id in prompts else "",
        )
        for entry in entries
    ]


@acting_for_user
def _load_prompts(user_id: UUID, ids: Sequence[int]) -> dict[int, MemoryEntry]:
    """Loads the last prompt of a person before each entry, or the entry itself if it is one, by the entry's id."""
    earlier = Q(at_us__lt=OuterRef("at_us")) | Q(at_us=OuterRef("at_us"), seq__lte=OuterRef("seq"))
    prompts = Prompt.objects.for_user(user_id).filter(
        earlier, session_id=OuterRef("session_id"), at_us__lte=OuterRef("at_us"), by_person=True
    )
    last_prompt = Subquery(prompts.order_by("-at_us", "-seq").values("seq")[:1])
    rows = SearchDocument.objects.for_user(user_id).filter(seq__in=ids).annotate(prompt_seq=last_prompt)
    seqs = {id_: seq for id_, seq in rows.values_list("seq", "prompt_seq") if seq is not None}
    entries = {entry.id: entry for entry in load_projected_entries(user_id, seqs.values())}
    return {id_: entries[seq] for id_, seq in seqs.items() if seq in entries}


def load_entries(user_id: UUID, ids: Iterable[int]) -> list[MemoryEntry]:
    """Projects the log first, so that deleted entries are gone, and then calls `load_projected_entries`."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_entries(user_id, ids)


@acting_for_user
def load_projected_entries(user_id: UUID, ids: Iterable[int]) -> list[MemoryEntry]:
    """Loads entries in the order of `ids`; leaves out unknown ids and entries that the user marked as forgotten, and
    the requests of summaries that repeat such an entry.

    If the user wrote a replacement text for an entry, the entry has that text.
    """
    found = _load_entries(user_id, ids, forgotten_requests.clear_requests)
    annotations = preference_queries.load_annotations(user_id, [entry.id for entry in found])
    return [
        _apply_annotation(entry, annotations.get(entry.id))
        for entry in found
        if not _is_forgotten(annotations.get(entry.id))
    ]


def _is_forgotten(annotation: Annotation | None) -> bool:
    return bool(annotation and annotation.forgotten)


def _apply_annotation(entry: MemoryEntry, annotation: Annotation | None) -> MemoryEntry:
    if not annotation or not annotation.replacement_text:
        return entry
    title, cost = (
        summary_line(annotation.replacement_text, MAX_TITLE_CHARS),
        estimate_tokens(annotation.replacement_text),
    )
    return replace(entry, title=title, text=annotation.replacement_text, tokens=cost, trust="person", outcome="")


@acting_for_user
def load_original_entries(user_id: UUID, ids: Iterable[int]) -> list[MemoryEntry]:
    """Loads the same entries without applying annotations."""
    return _load_entries(user_id, ids, lambda _, rows: rows)


def _load_entries(user_id: UUID, ids: Iterable[int], prepare: PrepareSummaries) -> list[MemoryEntry]:
    seqs = list(dict.fromkeys(ids))
    prompts = Prompt.objects.for_user(user_id).filter(seq__in=seqs, by_person=True)
    summaries = prepare(user_id, list(Summary.objects.for_user(user_id).filter(seq__in=seqs)))
    found = [
        *(_entry_of_prompt(row) for row in prompts),
        *_load_observation_entries(user_id, seqs),
        *(_entry_of_summary(row) for row in summaries),
    ]
    by_id = {entry.id: entry for entry in found}
    return [by_id[id_] for id_ in seqs if id_ in by_id]


def _entry_of_prompt(row: Prompt) -> MemoryEntry:
    text = without_host_text(row.text)
    return MemoryEntry(
        id=row.seq,
        at_us=row.at_us,
        type="prompt",
        title=summary_line(text, MAX_TITLE_CHARS),
        text=text,
        session_id=row.session_id,
        project=row.project,
        tokens=estimate_tokens(text),
        trust="person",
        start_seq=row.seq,
        events=(row.seq,),
    )


def _load_observation_entries(user_id: UUID, seqs: Sequence[int]) -> Iterator[MemoryEntry]:
    rows = list(Observation.objects.for_user(user_id).filter(seq__in=seqs))
    records = {
        record.seq: record for record in log.load_by_seqs(user_id, [row.seq for row in rows if not row.stored_text])
    }
    for row in rows:
        yield _entry_of_observation(row, row.stored_text or _render_text(records.get(row.seq), row.project))


def _render_text(record: Record | None, folder: str) -> str:
    """Renders the observation's text from its event; empty if the event was deleted in the meantime."""
    hook_event = record and HookEvent.parse(record.seq, record.text, record.received_us)
    return extract_observation_text(hook_event, folder) if hook_event and hook_event.session_id else ""


def _entry_of_observation(row: Observation, text: str) -> MemoryEntry:
    return MemoryEntry(
        id=row.seq,
        at_us=row.at_us,
        type=row.type,
        title=row.title,
        text=text,
        session_id=row.session_id,
        project=row.project,
        tokens=row.tokens,
        trust=row.trust,
        start_seq=row.seq if row.start_seq is None else row.start_seq,
        outcome=row.outcome,
        files_read=tuple(row.files_read.splitlines()),
        files_modified=tuple(row.files_modified.splitlines()),
        events=tuple(seq for seq in (row.fixes_seq, row.start_seq, row.seq) if seq is not None),
    )


SUMMARY_PARTS = ("request", "investigated", "learned", "completed", "next_steps", "notes", "closing")


def _entry_of_summary(row: Summary) -> MemoryEntry:
    lines = [
        f"{name.replace('_', ' ').capitalize()}: {value}" for name in SUMMARY_PARTS if (value := getattr(row, name))
    ]
    return MemoryEntry(
        id=row.seq,
        at_us=row.at_us,
        type="summary",
        title=summary_line(row.request or row.closing or row.notes, MAX_TITLE_CHARS),
        text="\n".join(lines),
        session_id=row.session_id,
        project=row.project,
        tokens=row.tokens,
        trust="assistant",
        start_seq=row.seq,
        events=(row.seq,),
    )
