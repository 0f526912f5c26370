"""Loads the text around the lines that changes added, from their events in the log."""

from collections.abc import Sequence
from uuid import UUID

from events.store import log
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_list
from memory.models import FileChange
from memory.rules.changes.path_changes import extract_event_lines

MAX_CHARS = 2_000_000  # of all lines of an answer


def load_hunks(user_id: UUID, changes: Sequence[FileChange]) -> dict[int, list[list[str]]]:
    """Loads the hunks of changes as they left the file, by the number of their event.

    A line begins with `+` if the change added it, and with a space if it was there before. Changes beyond `MAX_CHARS`
    have no hunks.
    """
    found, chars_left = {}, MAX_CHARS
    for record in log.load_by_seqs(user_id, [change.seq for change in changes]):
        hunks = extract_hunks(HookEvent.parse(record.seq, record.text, record.received_us))
        chars_left -= sum(len(line) for hunk in hunks for line in hunk)
        if chars_left >= 0:
            found[record.seq] = hunks
    return found


def extract_hunks(hook_event: HookEvent) -> list[list[str]]:
    """Extracts the hunks of an edit without the lines that it removed."""
    patch = get_list(hook_event.data, "tool_response", "structuredPatch")
    hunks = [
        [line for line in get_list(hunk, "lines") if isinstance(line, str) and line[:1] in ("+", " ")] for hunk in patch
    ]
    if any(hunks):
        return [hunk for hunk in hunks if hunk]
    added = [f"+{line}" for line in extract_event_lines(hook_event).added]
    return [added] if added else []
