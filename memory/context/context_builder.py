"""What a new session of a project should know. Worktrees and clones of one repository share it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from events.isolation.row_security import for_its_user
from memory.context.context_markdown import ASKED, Context, Entry, Known, Last, Own, render
from memory.models import Document, Mark, Note, Observation, Prompt, Retelling, Session, Summary
from memory.preferences import preference_queries
from memory.projection import projector
from memory.rules import facts
from memory.rules.observations import tokens
from memory.rules.search_documents import key
from memory.values.host_markup import is_by_person
from memory.values.location import Place

LATEST = 400  # documents of the project that are looked at
PATIENCE = 0.3  # seconds for the log: the session waits
PARTS = ("request", "learned", "completed", "next_steps", "notes", "closing")


def context(user_id: UUID, place: Place, *, budget: int | None = None) -> Context:
    """What is known of the place, within so many tokens; without a number within those that the user allows there."""
    if budget is None:
        budget = preference_queries.budget(user_id, place)
    if not budget:
        return Context("", 0)
    projector.catch_up(user_id, seconds=PATIENCE)
    return render(_known(user_id, place), budget=budget)


def places(user_id: UUID, *, limit: int) -> list[Place]:
    """Where the user's latest sessions were started, the latest first, each folder once."""
    projector.catch_up(user_id, seconds=PATIENCE)
    return _places(user_id)[:limit]


@for_its_user
def _places(user_id: UUID) -> list[Place]:
    found: dict[str, str] = {}
    for folder, repo in Session.objects.of(user_id).newest_first().values_list("project", "repo")[:LATEST]:
        found.setdefault(folder, repo)
    return [Place(folder, folder, repo) for folder, repo in found.items() if folder]


@for_its_user
def _known(user_id: UUID, place: Place) -> Known:
    marks = preference_queries.marks_of(user_id, place)
    near = _but(latest(user_id, place), {seq for seq, mark in marks.items() if mark.forgotten or mark.words})
    pinned = [seq for seq, mark in marks.items() if mark.pinned and not mark.words]
    said, acts, summaries = _rows(user_id, place, near, pinned)
    entries = {entry.id: entry for entry in (*map(_of_prompt, said), *map(_of_act, acts), *map(_of_summary, summaries))}
    first = [entries.pop(seq) for seq in pinned if seq in entries]
    asked = [entry for entry in first if entry.type == "prompt"]
    return Known(
        notes=_own(preference_queries.notes(user_id, place), marks.values()),
        pinned=[entry for entry in first if entry.type != "prompt"],
        asked=[*asked, *[entries[row.seq] for row in said if row.seq in entries][:ASKED]],
        acts=[entries[row.seq] for row in acts if row.seq in entries and not row.agent],
        summaries=[entries[row.seq] for row in summaries if row.seq in entries],
        last=_last(summaries, _told_by_model(user_id, summaries[:1])),
        facts=facts.facts(acts, said),
    )


def _but(near: dict[str, list[int]], aside: set[int]) -> dict[str, list[int]]:
    return {type_: [seq for seq in seqs if seq not in aside] for type_, seqs in near.items()}


def _rows(
    user_id: UUID, place: Place, near: dict[str, list[int]], pinned: Sequence[int]
) -> tuple[list[Prompt], list[Observation], list[Summary]]:
    """The prompts, acts and summaries of this place, each the newest first."""
    others = [seq for type_, seqs in near.items() if type_ not in ("prompt", "summary") for seq in seqs]
    prompts = Prompt.objects.of(user_id).filter(seq__in=[*near.get("prompt", ()), *pinned], by_person=True)
    # Without the text, which is most of a row and not shown here.
    seen = Observation.objects.of(user_id).filter(seq__in=[*others, *pinned]).defer("kept", "files_read")
    told = Summary.objects.of(user_id).filter(seq__in=[*near.get("summary", ()), *pinned])
    # Keys are digests: two names may share one.
    said = [row for row in prompts if place.holds(row) and is_by_person(row.text)]
    acts, summaries = [row for row in seen if place.holds(row)], [row for row in told if place.holds(row)]
    for rows in (said, acts, summaries):
        rows.sort(key=lambda row: (-row.at_us, -row.seq))
    return said, acts, summaries


def _of_prompt(row: Prompt) -> Entry:
    return Entry(row.seq, row.at_us, "prompt", row.text, tokens(row.text))


def _of_act(row: Observation) -> Entry:
    title = f"{row.title} ({row.outcome})" if row.outcome and row.type == "failure" else row.title
    return Entry(row.seq, row.at_us, row.type, title, row.tokens)


def _of_summary(row: Summary) -> Entry:
    return Entry(row.seq, row.at_us, "summary", row.closing or row.completed or row.notes or row.request, row.tokens)


def _own(notes: Sequence[Note], marks: Iterable[Mark]) -> list[Own]:
    """Notes and what is pinned before the rest, each the latest first."""
    edited = [mark for mark in marks if mark.words and not mark.forgotten]
    told = [(True, note.at_us, Own(note.id, note.text)) for note in notes]
    told += [(mark.pinned, mark.at_us, Own(mark.seq, mark.words)) for mark in edited]
    return [own for _, _, own in sorted(told, key=lambda one: one[:2], reverse=True)]


@for_its_user
def latest(user_id: UUID, place: Place) -> dict[str, list[int]]:
    """The numbers of the latest documents of this place, by type."""
    found: dict[int, tuple[int, str]] = {}
    rows = Document.objects.of(user_id).order_by("-at_us", "-seq").values_list("seq", "at_us", "type")
    parts = [rows.filter(project_key=key(name)) for name in place.folders]
    if place.repo:
        parts.append(rows.filter(repo_key=key(place.repo)))
    for part in parts:
        found |= {seq: (at_us, type_) for seq, at_us, type_ in part[:LATEST]}
    by_type: dict[str, list[int]] = {}
    for seq in sorted(found, key=lambda seq: (-found[seq][0], -seq))[:LATEST]:
        by_type.setdefault(found[seq][1], []).append(seq)
    return by_type


def _told_by_model(user_id: UUID, summaries: Sequence[Summary]) -> str:
    """The last session in the words of the optional model, if that was asked."""
    told = Retelling.objects.of(user_id).filter(session_id__in=[row.session_id for row in summaries])
    return told.values_list("text", flat=True).first() or ""


def _last(summaries: Sequence[Summary], retold: str) -> Last | None:
    if not summaries:
        return None
    row = summaries[0]
    parts = [("The session as a model sums it up", retold)]
    parts += [(name.replace("_", " ").capitalize(), getattr(row, name)) for name in PARTS]
    return Last(row.seq, row.at_us, [(name, text) for name, text in parts if text])
