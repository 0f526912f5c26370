"""What is derived, as documents to search: the words and labels that each is found by. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from events.wire import patterns
from memory.rules.observations import Observation
from memory.rules.session_projection import Derivation, Prompt
from memory.rules.turn_summary import Summary
from memory.values.text_analyzer import label, words

PARTING = "|"  # between the words of the title with the labels, and those of the text


@dataclass(frozen=True, slots=True)
class Document:
    """The columns of `memory.models.Document` without its owner."""

    seq: int
    session_id: str
    at_us: int
    type: str
    project_key: int
    repo_key: int
    words: str


def documents(made: Derivation) -> Iterator[Document]:
    """Of what is new in a derivation."""
    yield from (_of_prompt(prompt) for prompt in made.prompts if prompt.by_person)
    yield from (_of_observation(one) for one in made.observations)
    yield from (_of_summary(told) for told in made.summaries)


def _of_prompt(prompt: Prompt) -> Document:
    return _document(prompt, "prompt", prompt.text[:200], prompt.text)


def _of_observation(one: Observation) -> Document:
    files = [*one.files_read.splitlines(), *one.files_modified.splitlines()]
    labels = [label("tool", one.tool), label("failed", "yes" if one.failed else "no")]
    labels += [label("file", _last(file)) for file in files]
    return _document(one, one.type, f"{one.title} {one.outcome}", one.text, labels)


def _of_summary(told: Summary) -> Document:
    text = "\n".join((told.request, told.investigated, told.learned, told.next_steps, told.notes, told.closing))
    return _document(told, "summary", f"{told.request[:200]} {told.completed}", text)


def _document(
    row: Prompt | Observation | Summary, type_: str, title: str, text: str, labels: Sequence[str] = ()
) -> Document:
    found = dict.fromkeys(words(title))
    rest = [word for word in words(text) if word not in found]
    said = dict.fromkeys([label("type", type_), *_places(row.project, row.repo), *labels])
    keys = key(row.project), key(row.repo)
    return Document(row.seq, row.session_id, row.at_us, type_, *keys, " ".join([*said, *found, PARTING, *rest]))


def key(name: str) -> int:
    """A digest that fits an index: PostgreSQL refuses entries as long as a path may be."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _places(project: str, repo: str) -> list[str]:
    """By their whole name, and by the last part of it."""
    names = [name for place in (project, repo) if place for name in (place, _last(place))]
    return [label("project", name) for name in names]


def _last(path: str) -> str:
    return next((part for part in reversed(patterns.PATH_EDGES.split(path)) if part), path)
