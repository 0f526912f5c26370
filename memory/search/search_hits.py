"""Searches prompts, observations and summaries, and loads the full text of chosen entries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.store import log
from events.store.log import Record
from events.wire.hook_event import HookEvent, summary_line
from memory.models import Annotation, Observation, Prompt, Summary
from memory.preferences import preference_queries
from memory.projection import projector, reader_projection
from memory.rules.observations import estimate_tokens, extract_observation_text
from memory.search import backward_scan, document_index
from memory.search.query_parser import SearchQuery
from memory.search.ranking import FoundDocument, rank_documents
from memory.search.snippets import SnippetPart, build_snippet_parts, format_snippet
from memory.values.host_markup import without_host_text

MAX_TITLE_CHARS = 160
MIN_FULL_MATCHES = 10  # with fewer hits that contain all words, hits with some of the words are added


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
    entry: MemoryEntry
    snippet_parts: Sequence[SnippetPart]

    @property
    def snippet(self) -> str:
        return format_snippet(self.snippet_parts)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits. `next_position` is the start of the next page: (log head at the first page, hits so far)."""

    hits: Sequence[SearchHit]
    next_position: tuple[int, int] | None


def search_entries(
    user_id: UUID, search_query: SearchQuery, *, limit: int, after: tuple[int, int] | None = None
) -> SearchPage:
    """Searches entries, best first. Entries that arrive after the first page do not appear on later pages."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    max_seq, offset = after or (log.load_head(user_id), 0)
    found = _rank_matches(user_id, search_query, max_seq)
    page = found[offset : offset + limit]
    entries_by_id = {entry.id: entry for entry in load_projected_entries(user_id, [one.seq for one in page])}
    hits = [
        SearchHit(entries_by_id[one.seq], build_snippet_parts(entries_by_id[one.seq].text, search_query.terms))
        for one in page
        if one.seq in entries_by_id
    ]
    has_more = len(found) > offset + limit
    return SearchPage(hits, (max_seq, offset + limit) if has_more else None)


def _rank_matches(user_id: UUID, search_query: SearchQuery, max_seq: int) -> list[FoundDocument]:
    forgotten = preference_queries.load_forgotten_seqs(user_id)
    best = _find_newest(user_id, search_query, max_seq, match_any=False)
    if len(best) < MIN_FULL_MATCHES and len(search_query.terms) > 1:
        partial = _find_newest(user_id, search_query, max_seq, match_any=True)
        best = list({one.seq: one for one in (*best, *partial)}.values())
    return rank_documents([one for one in best if one.seq not in forgotten], search_query.terms)


def _find_newest(user_id: UUID, search_query: SearchQuery, max_seq: int, *, match_any: bool) -> list[FoundDocument]:
    found = backward_scan.scan_backwards(user_id, search_query, max_seq=max_seq, match_any=match_any)
    return (
        document_index.find_documents(user_id, search_query, max_seq=max_seq, match_any=match_any)
        if found is None
        else found
    )


def load_entries(user_id: UUID, ids: Iterable[int]) -> list[MemoryEntry]:
    """Projects the log first, so that deleted entries are gone, and then calls `load_projected_entries`."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_entries(user_id, ids)


@acting_for_user
def load_projected_entries(user_id: UUID, ids: Iterable[int]) -> list[MemoryEntry]:
    """Loads entries in the order of `ids`; leaves out unknown ids and entries that the user marked as forgotten.

    If the user wrote a replacement text for an entry, the entry has that text.
    """
    found = load_original_entries(user_id, ids)
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
    seqs = list(dict.fromkeys(ids))
    prompts = Prompt.objects.for_user(user_id).filter(seq__in=seqs, by_person=True)
    found = [
        *(_entry_of_prompt(row) for row in prompts),
        *_load_observation_entries(user_id, seqs),
        *(_entry_of_summary(row) for row in Summary.objects.for_user(user_id).filter(seq__in=seqs)),
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
