"""What a context may show of a project: acts, prompts and summaries of its sessions, notes and pinned entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Act:
    """An observation without its text, whose size is `tokens`. `files_modified` has one path per line."""

    seq: int
    session_id: str
    at_us: int
    type: str
    title: str
    outcome: str = ""
    agent: str = ""
    files_modified: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class UserPrompt:
    """A prompt by a person."""

    seq: int
    session_id: str
    at_us: int
    text: str
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """The parts of a summary that a context shows; `notes` are commands that still failed, or a compaction."""

    seq: int
    session_id: str
    at_us: int
    completed: str = ""
    next_steps: str = ""
    notes: str = ""
    closing: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A pinned entry. `tokens` is the size of its full text."""

    id: int
    at_us: int
    type: str
    title: str
    tokens: int


@dataclass(frozen=True, slots=True)
class UserText:
    """Text that the user wrote: a note, or the replacement text of the entry `id`."""

    id: int | UUID
    text: str


@dataclass(frozen=True, slots=True)
class ProjectMemory:
    """The rows of a project, each list newest first. `llm_summary` is that of the last session."""

    notes: Sequence[UserText] = ()
    pinned: Sequence[ContextEntry] = ()
    prompts: Sequence[UserPrompt] = ()
    acts: Sequence[Act] = ()
    summaries: Sequence[TurnSummary] = ()
    llm_summary: str = ""
