"""Builds the context of a new session. Worktrees and clones of one repository share it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.store import locations
from events.wire.folder_names import display_folder, folder_key
from memory.context.context_markdown import (
    MAX_PROMPTS,
    ContextEntry,
    LastSummary,
    ProjectMemory,
    SessionContext,
    UserText,
    render_context,
)
from memory.models import Annotation, LlmSummary, Note, Observation, Prompt, SearchDocument, Session, Summary
from memory.preferences import preference_queries
from memory.projection import projector
from memory.rules import facts
from memory.rules.observations import estimate_tokens
from memory.rules.search_documents import hash_name
from memory.values.host_markup import is_by_person
from memory.values.location import Location

LATEST_ROWS_LIMIT = 400  # newest documents of the project that a context reads
SUMMARY_PARTS = ("request", "learned", "completed", "next_steps", "notes", "closing")


def build_context(user_id: UUID, location: Location, *, budget: int | None = None) -> SessionContext:
    """Builds the context of a location within `budget` tokens (None: the location's context budget)."""
    location = resolve_location(user_id, location)
    if budget is None:
        budget = preference_queries.load_context_budget(user_id, location)
    if not budget:
        return SessionContext("", 0)
    projector.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
    return render_context(_load_memory(user_id, location), budget=budget)


def resolve_location(user_id: UUID, location: Location) -> Location:
    """Adds to a location the spellings of its folders, and the repository of a folder if it is known from before."""
    names = {name for folder in location.folders for name in locations.find_spellings(user_id, folder)}
    repo = location.repo or (locations.find_repo(user_id, names) if names else "")
    return replace(location, repo=repo, spellings=frozenset(names))


def list_locations(user_id: UUID, *, limit: int) -> list[Location]:
    """Lists the locations of the user's newest sessions, newest first, each folder once under one of its spellings."""
    projector.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
    return _load_locations(user_id)[:limit]


@acting_for_user
def _load_locations(user_id: UUID) -> list[Location]:
    found: dict[str, Location] = {}
    for folder, repo in (
        Session.objects.for_user(user_id).newest_first().values_list("project", "repo")[:LATEST_ROWS_LIMIT]
    ):
        shown = display_folder(folder)
        found.setdefault(folder_key(folder), Location(shown, shown, repo))
    return [location for location in found.values() if location.project]


@acting_for_user
def _load_memory(user_id: UUID, location: Location) -> ProjectMemory:
    annotations = preference_queries.load_annotations_for_location(user_id, location)
    latest_seqs = _without(
        load_latest_seqs(user_id, location),
        {seq for seq, annotation in annotations.items() if annotation.forgotten or annotation.replacement_text},
    )
    pinned = [seq for seq, annotation in annotations.items() if annotation.pinned and not annotation.replacement_text]
    prompts, observations, summaries = _load_rows(user_id, location, latest_seqs, pinned)
    entries = {
        entry.id: entry
        for entry in (
            *map(_entry_of_prompt, prompts),
            *map(_entry_of_observation, observations),
            *map(_entry_of_summary, summaries),
        )
    }
    pinned_entries = [entries.pop(seq) for seq in pinned if seq in entries]
    pinned_prompts = [entry for entry in pinned_entries if entry.type == "prompt"]
    return ProjectMemory(
        notes=_user_texts(preference_queries.list_notes(user_id, location), annotations.values()),
        pinned=[entry for entry in pinned_entries if entry.type != "prompt"],
        prompts=[*pinned_prompts, *[entries[row.seq] for row in prompts if row.seq in entries][:MAX_PROMPTS]],
        observations=[entries[row.seq] for row in observations if row.seq in entries and not row.agent],
        summaries=[entries[row.seq] for row in summaries if row.seq in entries],
        last_summary=_last_summary(summaries, _load_llm_summary(user_id, summaries[:1])),
        facts=facts.find_facts(observations, prompts),
    )


def _without(seqs_by_type: dict[str, list[int]], excluded: set[int]) -> dict[str, list[int]]:
    return {type_: [seq for seq in seqs if seq not in excluded] for type_, seqs in seqs_by_type.items()}


def _load_rows(
    user_id: UUID, location: Location, latest_seqs: dict[str, list[int]], pinned: Sequence[int]
) -> tuple[list[Prompt], list[Observation], list[Summary]]:
    """Loads the prompts, observations and summaries of a location, each newest first."""
    others = [seq for type_, seqs in latest_seqs.items() if type_ not in ("prompt", "summary") for seq in seqs]
    prompts = Prompt.objects.for_user(user_id).filter(seq__in=[*latest_seqs.get("prompt", ()), *pinned], by_person=True)
    # Defer the text: it is most of a row, and a context does not show it.
    observation_rows = (
        Observation.objects.for_user(user_id).filter(seq__in=[*others, *pinned]).defer("stored_text", "files_read")
    )
    summary_rows = Summary.objects.for_user(user_id).filter(seq__in=[*latest_seqs.get("summary", ()), *pinned])
    # Compare the names too: keys are digests, and two names may have the same key.
    person_prompts = [row for row in prompts if location.contains(row) and is_by_person(row.text)]
    observations, summaries = (
        [row for row in observation_rows if location.contains(row)],
        [row for row in summary_rows if location.contains(row)],
    )
    for rows in (person_prompts, observations, summaries):
        rows.sort(key=lambda row: (-row.at_us, -row.seq))
    return person_prompts, observations, summaries


def _entry_of_prompt(row: Prompt) -> ContextEntry:
    return ContextEntry(row.seq, row.at_us, "prompt", row.text, estimate_tokens(row.text))


def _entry_of_observation(row: Observation) -> ContextEntry:
    title = f"{row.title} ({row.outcome})" if row.outcome and row.type == "failure" else row.title
    return ContextEntry(row.seq, row.at_us, row.type, title, row.tokens)


def _entry_of_summary(row: Summary) -> ContextEntry:
    return ContextEntry(
        row.seq, row.at_us, "summary", row.closing or row.completed or row.notes or row.request, row.tokens
    )


def _user_texts(notes: Sequence[Note], annotations: Iterable[Annotation]) -> list[UserText]:
    """Collects notes and replacement texts: notes and pinned entries first, then the others, each newest first."""
    edited = [annotation for annotation in annotations if annotation.replacement_text and not annotation.forgotten]
    texts = [(True, note.at_us, UserText(note.id, note.text)) for note in notes]
    texts += [
        (annotation.pinned, annotation.at_us, UserText(annotation.seq, annotation.replacement_text))
        for annotation in edited
    ]
    return [text for _, _, text in sorted(texts, key=lambda one: one[:2], reverse=True)]


@acting_for_user
def load_latest_seqs(user_id: UUID, location: Location) -> dict[str, list[int]]:
    """Loads the event numbers of the newest documents of a location, by type, newest first."""
    found: dict[int, tuple[int, str]] = {}
    rows = SearchDocument.objects.for_user(user_id).order_by("-at_us", "-seq").values_list("seq", "at_us", "type")
    hashes = [hash_name(key) for key in sorted(location.keys)]
    parts = [rows.filter(**{column: value}) for value in hashes for column in ("project_key", "repo_key")]
    for part in parts:
        found |= {seq: (at_us, type_) for seq, at_us, type_ in part[:LATEST_ROWS_LIMIT]}
    by_type: dict[str, list[int]] = {}
    for seq in sorted(found, key=lambda seq: (-found[seq][0], -seq))[:LATEST_ROWS_LIMIT]:
        by_type.setdefault(found[seq][1], []).append(seq)
    return by_type


def _load_llm_summary(user_id: UUID, summaries: Sequence[Summary]) -> str:
    """Loads the text of the LLM summary of the last session; empty if there is none."""
    texts = LlmSummary.objects.for_user(user_id).filter(session_id__in=[row.session_id for row in summaries])
    return texts.values_list("text", flat=True).first() or ""


def _last_summary(summaries: Sequence[Summary], llm_summary: str) -> LastSummary | None:
    if not summaries:
        return None
    row = summaries[0]
    parts = [("LLM summary of the session", llm_summary)]
    parts += [(name.replace("_", " ").capitalize(), getattr(row, name)) for name in SUMMARY_PARTS]
    return LastSummary(row.seq, row.at_us, [(name, text) for name, text in parts if text])
