"""Finds what was asked, done and summed up; and gives the full text of what was chosen from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from events.isolation.row_security import for_its_user
from events.store import log
from events.store.log import Record
from events.wire.hook_event import line, read
from memory.models import Mark, Observation, Prompt, Summary
from memory.preferences import preference_queries
from memory.projection import projector
from memory.rules.observations import retold, tokens
from memory.search import backward_scan, document_index
from memory.search.query_parser import Question
from memory.search.ranking import Found, ranked
from memory.search.snippets import Piece, pieces, snippet
from memory.sessions.session_queries import PATIENCE

LONGEST_TITLE = 160
ENOUGH = 10  # hits with all of the words; with fewer, some of the words will do


@dataclass(frozen=True, slots=True)
class Item:
    """A prompt, an observation or a summary with its full text; `id` is the number of the event that ended it.

    `step` is the number of the event that it began with, by which it stands in its session's timeline.
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
    step: int
    outcome: str = ""
    files_read: tuple[str, ...] = ()
    files_modified: tuple[str, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    item: Item
    pieces: Sequence[Piece]

    @property
    def snippet(self) -> str:
        return snippet(self.pieces)


@dataclass(frozen=True, slots=True)
class Hits:
    """One page. `after` is where the next begins: the log's head when the search began, and how many were shown."""

    hits: Sequence[Hit]
    after: tuple[int, int] | None


def search(user_id: UUID, question: Question, *, limit: int, after: tuple[int, int] | None = None) -> Hits:
    """The best first. What comes in while somebody pages is not shown to them."""
    projector.catch_up(user_id, seconds=PATIENCE)
    newest, shown = after or (log.head(user_id), 0)
    found = _found(user_id, question, newest)
    page = found[shown : shown + limit]
    full = {item.id: item for item in items(user_id, [one.seq for one in page])}
    hits = [Hit(full[one.seq], pieces(full[one.seq].text, question.sought)) for one in page if one.seq in full]
    more = len(found) > shown + limit
    return Hits(hits, (newest, shown + limit) if more else None)


def _found(user_id: UUID, question: Question, newest: int) -> list[Found]:
    forgotten = preference_queries.forgotten(user_id)
    best = _newest(user_id, question, newest, wide=False)
    if len(best) < ENOUGH and len(question.sought) > 1:
        wide = _newest(user_id, question, newest, wide=True)
        best = list({one.seq: one for one in (*best, *wide)}.values())
    return ranked([one for one in best if one.seq not in forgotten], question.sought)


def _newest(user_id: UUID, question: Question, newest: int, *, wide: bool) -> list[Found]:
    found = backward_scan.find(user_id, question, newest=newest, wide=wide)
    return document_index.find(user_id, question, newest=newest, wide=wide) if found is None else found


def chosen(user_id: UUID, ids: Iterable[int]) -> list[Item]:
    """`items`, once the log is read: what is deleted is told no more."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return items(user_id, ids)


@for_its_user
def items(user_id: UUID, ids: Iterable[int]) -> list[Item]:
    """These prompts, observations and summaries in the order asked for; an id of nothing is left out.

    So is what the user forgot; what the user put into other words is told in those.
    """
    found = derived(user_id, ids)
    marks = preference_queries.marks(user_id, [item.id for item in found])
    return [_marked(item, marks.get(item.id)) for item in found if not _is_forgotten(marks.get(item.id))]


def _is_forgotten(mark: Mark | None) -> bool:
    return bool(mark and mark.forgotten)


def _marked(item: Item, mark: Mark | None) -> Item:
    if not mark or not mark.words:
        return item
    title, cost = line(mark.words, LONGEST_TITLE), tokens(mark.words)
    return replace(item, title=title, text=mark.words, tokens=cost, trust="person", outcome="")


@for_its_user
def derived(user_id: UUID, ids: Iterable[int]) -> list[Item]:
    """The same, whatever the user made of it."""
    wanted = list(dict.fromkeys(ids))
    prompts = Prompt.objects.of(user_id).filter(seq__in=wanted, by_person=True)
    found = [
        *(_prompt(row) for row in prompts),
        *_observations(user_id, wanted),
        *(_summary(row) for row in Summary.objects.of(user_id).filter(seq__in=wanted)),
    ]
    by_id = {item.id: item for item in found}
    return [by_id[id_] for id_ in wanted if id_ in by_id]


def _prompt(row: Prompt) -> Item:
    return Item(
        id=row.seq,
        at_us=row.at_us,
        type="prompt",
        title=line(row.text, LONGEST_TITLE),
        text=row.text,
        session_id=row.session_id,
        project=row.project,
        tokens=tokens(row.text),
        trust="person",
        step=row.seq,
        events=(row.seq,),
    )


def _observations(user_id: UUID, wanted: Sequence[int]) -> Iterator[Item]:
    rows = list(Observation.objects.of(user_id).filter(seq__in=wanted))
    told = {record.seq: record for record in log.numbered(user_id, [row.seq for row in rows if not row.kept])}
    for row in rows:
        yield _observation(row, row.kept or _retold(told.get(row.seq), row.project))


def _retold(record: Record | None, folder: str) -> str:
    """Nothing, if the event was deleted a moment ago."""
    happening = record and read(record.seq, record.id, record.text, record.received_us)
    return retold(happening, folder) if happening else ""


def _observation(row: Observation, text: str) -> Item:
    return Item(
        id=row.seq,
        at_us=row.at_us,
        type=row.type,
        title=row.title,
        text=text,
        session_id=row.session_id,
        project=row.project,
        tokens=row.tokens,
        trust=row.trust,
        step=row.seq if row.begun is None else row.begun,
        outcome=row.outcome,
        files_read=tuple(row.files_read.splitlines()),
        files_modified=tuple(row.files_modified.splitlines()),
        events=tuple(seq for seq in (row.fixes, row.begun, row.seq) if seq is not None),
    )


PARTS = ("request", "investigated", "learned", "completed", "next_steps", "notes", "closing")


def _summary(row: Summary) -> Item:
    told = [f"{name.replace('_', ' ').capitalize()}: {value}" for name in PARTS if (value := getattr(row, name))]
    return Item(
        id=row.seq,
        at_us=row.at_us,
        type="summary",
        title=line(row.request or row.closing or row.notes, LONGEST_TITLE),
        text="\n".join(told),
        session_id=row.session_id,
        project=row.project,
        tokens=row.tokens,
        trust="assistant",
        step=row.seq,
        events=(row.seq,),
    )
