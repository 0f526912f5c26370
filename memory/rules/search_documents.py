"""Builds the search documents of prompts, observations and summaries: their words and labels. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from events.wire import patterns
from events.wire.folder_names import folder_key
from memory.rules.observations import Observation
from memory.rules.session_projection import Prompt, SessionProjection
from memory.rules.turn_summary import Summary
from memory.values.host_markup import without_host_text
from memory.values.text_analyzer import extract_terms, make_label

TITLE_SEPARATOR = "|"  # between the labels and title words, and the words of the text


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """The columns of `memory.models.SearchDocument` without its owner."""

    seq: int
    session_id: str
    at_us: int
    type: str
    project_key: int
    repo_key: int
    terms: str


def build_documents(projection: SessionProjection) -> Iterator[SearchDocument]:
    """Builds the documents of the new rows of a projection."""
    yield from (_build_prompt_document(prompt) for prompt in projection.prompts if prompt.by_person)
    yield from (_build_observation_document(observation) for observation in projection.observations)
    yield from (build_summary_document(summary) for summary in projection.summaries)


def _build_prompt_document(prompt: Prompt) -> SearchDocument:
    words = without_host_text(prompt.text)
    return _build_document(prompt, "prompt", words[:200], words)


def _build_observation_document(observation: Observation) -> SearchDocument:
    files = [*observation.files_read.splitlines(), *observation.files_modified.splitlines()]
    labels = [make_label("tool", observation.tool), make_label("failed", "yes" if observation.failed else "no")]
    labels += [make_label("file", _last_part(file)) for file in files]
    return _build_document(
        observation, observation.type, f"{observation.title} {observation.outcome}", observation.text, labels
    )


def build_summary_document(summary: Summary) -> SearchDocument:
    text = "\n".join(
        (summary.request, summary.investigated, summary.learned, summary.next_steps, summary.notes, summary.closing)
    )
    return _build_document(summary, "summary", f"{summary.request[:200]} {summary.completed}", text)


def _build_document(
    row: Prompt | Observation | Summary, type_: str, title: str, text: str, labels: Sequence[str] = ()
) -> SearchDocument:
    title_terms = dict.fromkeys(extract_terms(title))
    text_terms = [term for term in extract_terms(text) if term not in title_terms]
    label_terms = dict.fromkeys([make_label("type", type_), *_location_labels(row.project, row.repo), *labels])
    keys = hash_name(folder_key(row.project)), hash_name(folder_key(row.repo))
    return SearchDocument(
        row.seq,
        row.session_id,
        row.at_us,
        type_,
        *keys,
        " ".join([*label_terms, *title_terms, TITLE_SEPARATOR, *text_terms]),
    )


@lru_cache(maxsize=1_024)
def hash_name(name: str) -> int:
    """Returns a 64-bit digest for use in an index: PostgreSQL rejects entries as long as a path may be."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


@lru_cache(maxsize=1_024)
def _location_labels(project: str, repo: str) -> tuple[str, ...]:
    """Makes labels of the keys of folder and repository, and of the last parts of their names."""
    names = [
        name
        for location in (project, repo)
        if location
        for name in (folder_key(location), _last_part(folder_key(location)), _last_part(location))
    ]
    return tuple(make_label("project", name) for name in names)


def _last_part(path: str) -> str:
    return next((part for part in reversed(patterns.PATH_SEPARATORS.split(path)) if part), path)
