"""The lines that a tool call added to a file and removed from it, and their hashes. Pure.

The client computes the same hashes of the lines of a file (`client/lib/why/line-text.js`): it asks by hash, so that no
line of source code leaves the machine.
"""

from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile

from events.wire.hook_event import storable_text
from events.wire.json_values import Data, get_list, get_text
from memory.rules.tool_catalog import get_tool

HASH_CHARS = 10
MAX_HASHED_LINES, MAX_LINE_CHARS = 4_000, 2_000
_ONE_QUOTE = str.maketrans("'`", '""')


@dataclass(frozen=True, slots=True)
class EditedLines:
    """The added and the removed lines, in order, without their line ends."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def extract_lines(tool: str, tool_input: Data, response: object) -> EditedLines:
    """Extracts the lines from the patch in the response, else from the input."""
    patch = [part for hunk in get_list(response, "structuredPatch") for part in get_list(hunk, "lines")]
    if lines := [part for part in patch if isinstance(part, str)]:
        return _split_by_sign(lines)
    if get_tool(tool).family == "write":
        is_update = get_text(response, "type") == "update"
        return EditedLines() if is_update else EditedLines(added=tuple(_split_lines(get_text(tool_input, "content"))))
    return _split_by_sign(list_replacements(tool_input))


def _split_by_sign(lines: list[str]) -> EditedLines:
    added, removed = (tuple(line[1:] for line in lines if line.startswith(sign)) for sign in "+-")
    return EditedLines(added, removed)


def list_replacements(tool_input: Data) -> list[str]:
    """Lists the changed lines of an edit without a patch, each with its sign, from the old and new strings."""
    lines: list[str] = []
    for part in (tool_input, *get_list(tool_input, "edits")):
        old, new = _split_lines(get_text(part, "old_string")), _split_lines(get_text(part, "new_string"))
        common_prefix = _count_common_prefix(old, new)
        old, new = old[common_prefix:], new[common_prefix:]
        common_suffix = _count_common_prefix(old[::-1], new[::-1])
        lines += [f"-{line}" for line in old[: len(old) - common_suffix]]
        lines += [f"+{line}" for line in new[: len(new) - common_suffix]]
        lines += [f"+{line}" for line in _split_lines(get_text(part, "new_source"))]
    return lines


def _split_lines(text: str) -> list[str]:
    return text.splitlines()


def _count_common_prefix(old: list[str], new: list[str]) -> int:
    """Counts the equal lines at the beginning of both."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))


def hash_lines(lines: tuple[str, ...]) -> str:
    """Joins the hashes of the first `MAX_HASHED_LINES` lines, without those that have none."""
    return "".join(map(hash_line, lines[:MAX_HASHED_LINES]))


def hash_line(line: str) -> str:
    """Hashes a line without what formatters change: white space, the kind of quotes, a comma or semicolon at its end.

    Returns an empty text for a line without anything else.
    """
    words = "".join(storable_text(line, MAX_LINE_CHARS).split()).translate(_ONE_QUOTE).rstrip(",;")
    return sha256(words.encode()).hexdigest()[:HASH_CHARS] if words else ""


def split_hashes(line_hashes: str) -> list[str]:
    """Splits the text of `hash_lines`."""
    return [line_hashes[at : at + HASH_CHARS] for at in range(0, len(line_hashes), HASH_CHARS)]
