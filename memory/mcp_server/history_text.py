"""Formats the history of a file for a model: two lines for each change. Pure."""

from memory.context.line_format import format_minute
from memory.context.quoting import format_user_text, quote
from memory.file_history.change_history import FileHistory, TracedChange
from memory.mcp_server.mcp_text import MAX_TITLE_CHARS, NO_RESULTS

MAX_PROMPT_CHARS = 400


def format_history(history: FileHistory, next_cursor: str | None) -> str:
    """Formats the changes, the earlier paths of the file, and the cursor of the next page."""
    earlier = ", ".join(quote(path, MAX_TITLE_CHARS) for path in history.earlier_paths)
    more = [f'For older changes, repeat the call with cursor "{next_cursor}".'] if next_cursor else []
    lines = [*map(_format_change, history.changes), *([f"Earlier paths: {earlier}"] if earlier else []), *more]
    return "\n".join(lines) if history.changes else NO_RESULTS


def _format_change(change: TracedChange) -> str:
    row, share, cost = change.row, change.share_microdollars, change.turn_microdollars or 0
    parts = [
        f"- {row.seq} · {format_minute(row.at_us)} · {row.kind} {quote(row.path, MAX_TITLE_CHARS)}",
        f"+{row.added} -{row.removed}",
        "" if share is None else f"about ${share / 1e6:.2f} of ${cost / 1e6:.2f} for the turn",
        f"session {quote(row.session_id, MAX_TITLE_CHARS)}",
    ]
    return f"{' · '.join(filter(None, parts))}\n  Prompt: {_format_prompt(change) or 'unknown'}"


def _format_prompt(change: TracedChange) -> str:
    """Formats the prompt: as the user's words only if a person typed it."""
    if change.prompt and change.prompt.by_person:
        return format_user_text(change.prompt.text, MAX_PROMPT_CHARS)
    return quote(change.prompt_text, MAX_PROMPT_CHARS)
