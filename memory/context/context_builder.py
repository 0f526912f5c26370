"""Builds the context of a new session. Worktrees and clones of one repository share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.store import locations
from events.wire.folder_names import display_folder, folder_key
from memory.context.context_lines import list_lines
from memory.context.context_markdown import NO_CONTEXT, SessionContext, render_context
from memory.context.context_report import EMPTY_REPORT, ContextReport, make_report
from memory.context.hint_index import Hint, make_hints
from memory.context.project_memory import Act, ContextEntry, ProjectMemory, TurnSummary, UserPrompt, UserText
from memory.context.session_ranks import rank_sessions
from memory.models import Annotation, LlmSummary, Note, Observation, Prompt, SearchDocument, Session, Summary
from memory.preferences import preference_queries
from memory.projection import projector, reader_projection
from memory.rules.observations import estimate_tokens
from memory.rules.search_documents import hash_name
from memory.values.host_markup import is_by_person
from memory.values.location import Location

LATEST_ROWS_LIMIT = 2_000  # newest documents of the project that a context looks at
# How many rows are read of each type that a context shows.
ROW_LIMITS = {
    "prompt": 100,
    "summary": 100,
    "edit": 500,
    "fix": 100,
    "failure": 200,
    "decision": 50,
    "command": 400,
    "read": 200,
}
ACT_COLUMNS = ("seq", "session_id", "at_us", "type", "title", "outcome", "agent", "files_modified", "tokens")
SUMMARY_COLUMNS = ("seq", "session_id", "at_us", "completed", "next_steps", "notes", "closing", "tokens")


def build_context(user_id: UUID, location: Location, *, budget: int | None = None) -> SessionContext:
    """Builds the context of a location within `budget` tokens (None: the location's context budget)."""
    location = resolve_location(user_id, location)
    if budget is None:
        budget = preference_queries.load_context_budget(user_id, location)
    if not budget:
        return NO_CONTEXT
    reader_projection.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
    return render_context(_load_memory(user_id, location), budget=budget)


def build_report(user_id: UUID, location: Location) -> ContextReport:
    """Builds the context of a location, with why each line is there, and what was left out."""
    location = resolve_location(user_id, location)
    budget = preference_queries.load_context_budget(user_id, location)
    if not budget:
        return EMPTY_REPORT
    reader_projection.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
    return make_report(_load_memory(user_id, location), budget=budget)


def build_hints(user_id: UUID, location: Location) -> list[Hint]:
    """Builds the hints for prompts at a location; none if it has no context budget."""
    location = resolve_location(user_id, location)
    if not preference_queries.load_context_budget(user_id, location):
        return []
    reader_projection.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
    return make_hints(list_lines(_load_memory(user_id, location)))


def resolve_location(user_id: UUID, location: Location) -> Location:
    """Adds to a location the spellings of its folders, and the repository of a folder if it is known from before."""
    names = {name for folder in location.folders for name in locations.find_spellings(user_id, folder)}
    repo = location.repo or (locations.find_repo(user_id, names) if names else "")
    return replace(location, repo=repo, spellings=frozenset(names))


def list_locations(user_id: UUID, *, limit: int) -> list[Location]:
    """Lists the locations of the user's newest sessions, newest first, each folder once under one of its spellings."""
    reader_projection.catch_up(user_id, seconds=projector.CONTEXT_TIMEOUT_S)
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
    hidden = {seq for seq, annotation in annotations.items() if annotation.forgotten or annotation.replacement_text}
    seqs_by_type = {
        type_: [seq for seq in seqs if seq not in hidden][: ROW_LIMITS[type_]]
        for type_, seqs in load_latest_seqs(user_id, location).items()
        if type_ in ROW_LIMITS
    }
    pinned = [seq for seq, annotation in annotations.items() if annotation.pinned and not annotation.replacement_text]
    prompts = _load_prompts(user_id, location, [*seqs_by_type.get("prompt", ()), *pinned])
    acts = _load_acts(user_id, location, [seq for type_ in _ACT_TYPES for seq in seqs_by_type.get(type_, ())])
    summaries = _load_summaries(user_id, location, seqs_by_type.get("summary", ()))
    pinned_entries = _load_pinned(user_id, location, pinned, prompts)
    shown = {entry.id for entry in pinned_entries}
    return ProjectMemory(
        notes=_user_texts(preference_queries.list_notes(user_id, location), annotations.values()),
        pinned=pinned_entries,
        prompts=[prompt for prompt in prompts if prompt.seq not in shown],
        acts=acts,
        summaries=[summary for summary in summaries if summary.seq not in shown],
        llm_summary=_load_llm_summary(user_id, rank_sessions(acts, prompts, summaries)),
    )


_ACT_TYPES = tuple(type_ for type_ in ROW_LIMITS if type_ not in ("prompt", "summary"))


def _load_prompts(user_id: UUID, location: Location, seqs: Sequence[int]) -> list[UserPrompt]:
    """Loads the prompts that persons wrote at a location, newest first."""
    rows = Prompt.objects.for_user(user_id).filter(seq__in=seqs, by_person=True)
    # Compare the names too: keys are digests, and two names may have the same key.
    belongs = location.make_filter()
    found = [row for row in rows if belongs(row.project, row.repo) and is_by_person(row.text)]
    prompts = [UserPrompt(row.seq, row.session_id, row.at_us, row.text, estimate_tokens(row.text)) for row in found]
    return sorted(prompts, key=lambda prompt: (-prompt.at_us, -prompt.seq))


def _load_acts(user_id: UUID, location: Location, seqs: Sequence[int]) -> list[Act]:
    """Loads the acts of a location without their texts, newest first."""
    rows = Observation.objects.for_user(user_id).filter(seq__in=seqs).values_list("project", "repo", *ACT_COLUMNS)
    belongs = location.make_filter()
    acts = [Act(*values) for project, repo, *values in rows if belongs(project, repo)]
    return sorted(acts, key=lambda act: (-act.at_us, -act.seq))


def _load_summaries(user_id: UUID, location: Location, seqs: Sequence[int]) -> list[TurnSummary]:
    rows = Summary.objects.for_user(user_id).filter(seq__in=seqs).values_list("project", "repo", *SUMMARY_COLUMNS)
    belongs = location.make_filter()
    summaries = [TurnSummary(*values) for project, repo, *values in rows if belongs(project, repo)]
    return sorted(summaries, key=lambda summary: (-summary.at_us, -summary.seq))


def _load_pinned(
    user_id: UUID, location: Location, seqs: Sequence[int], prompts: Sequence[UserPrompt]
) -> list[ContextEntry]:
    """Loads pinned entries of any type, in the order of `seqs`."""
    wanted = set(seqs)
    entries = [
        *(ContextEntry(one.seq, one.at_us, "prompt", one.text, one.tokens) for one in prompts if one.seq in wanted),
        *(
            ContextEntry(one.seq, one.at_us, one.type, _add_reason(one), one.tokens)
            for one in _load_acts(user_id, location, seqs)
        ),
        *(
            ContextEntry(one.seq, one.at_us, "summary", one.closing or one.completed or one.notes, one.tokens)
            for one in _load_summaries(user_id, location, seqs)
        ),
    ]
    by_id = {entry.id: entry for entry in entries}
    return [by_id[seq] for seq in seqs if seq in by_id]


def _add_reason(act: Act) -> str:
    return f"{act.title} ({act.outcome})" if act.outcome and act.type == "failure" else act.title


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


def _load_llm_summary(user_id: UUID, ranks: Mapping[str, int]) -> str:
    """Loads the text of the LLM summary of the last session; empty if there is none."""
    newest = [session_id for session_id, rank in ranks.items() if not rank]
    texts = LlmSummary.objects.for_user(user_id).filter(session_id__in=newest)
    return texts.values_list("text", flat=True).first() or ""
