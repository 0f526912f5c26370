"""Formats entries for a model with few tokens: one line each, or in full. Pure.

Text typed by a person stays as it is; all other text is quoted as data (`memory.context.quoting`).
"""

from collections.abc import Iterable, Iterator, Sequence

from memory.context.line_format import format_minute
from memory.context.quoting import format_user_block, format_user_text, quote, quote_block
from memory.rules.observations import estimate_tokens
from memory.search.search_hits import MemoryEntry, SearchHit, SearchPage

MAX_TITLE_CHARS, MAX_SNIPPET_CHARS, MAX_SOURCE_CHARS = 110, 240, 60
NO_RESULTS = "No entries found."
MAX_ANSWER_TOKENS = 20_000  # hosts truncate longer answers, and not at the end
LEFT_OUT_NOTICE = "Omitted because of the answer's size limit: {ids}. Request these ids in another call."


def format_index(entries: Iterable[MemoryEntry]) -> str:
    """Formats one line for each entry, under a line for its session."""
    return "\n".join(_group_by_session((entry, _format_line(entry)) for entry in entries)) or NO_RESULTS


def format_hits(page: SearchPage, next_cursor: str | None) -> str:
    """Formats the number of hits, a line, the snippet and the source of each, and the cursor of the next page."""
    if not page.hits:
        return NO_RESULTS
    total = f"{page.total:,}{'' if page.total_is_exact else ' or more'} hit{'' if page.total == 1 else 's'}."
    lines = [line for hit in page.hits for line in _iter_hit_lines(hit)]
    more = [f'For more hits, repeat the call with cursor "{next_cursor}".'] if next_cursor else []
    return "\n".join([total, *lines, *more])


def _iter_hit_lines(hit: SearchHit) -> Iterator[str]:
    yield _format_line(hit.entry)
    if snippet := quote(hit.snippet, MAX_SNIPPET_CHARS):
        yield f"  {snippet}"
    session, prompt = quote(hit.session_title, MAX_SOURCE_CHARS), quote(hit.prompt, MAX_SOURCE_CHARS)
    has_prompt = prompt and hit.prompt_id != hit.entry.id
    source = [f"session {session}"] * bool(session) + [f"prompt {hit.prompt_id} {prompt}"] * bool(has_prompt)
    if source:
        yield f"  In {', '.join(source)}"


def format_entries(entries: Sequence[MemoryEntry], *, max_tokens: int = MAX_ANSWER_TOKENS) -> str:
    """Formats the full text of each entry within `max_tokens`; the answer lists the ids of omitted entries."""
    texts: list[str] = []
    for at, entry in enumerate(entries):
        text = _format_entry(entry)
        if texts and estimate_tokens(text) > max_tokens:
            texts.append(LEFT_OUT_NOTICE.format(ids=", ".join(str(one.id) for one in entries[at:])))
            break
        texts.append(text)
        max_tokens -= estimate_tokens(text)
    return "\n\n".join(texts) or NO_RESULTS


def _group_by_session(lines: Iterable[tuple[MemoryEntry, str]]) -> Iterator[str]:
    session = None
    for entry, line in lines:
        if entry.session_id != session:
            session = entry.session_id
            yield f"Session {quote(session, MAX_TITLE_CHARS)} in {quote(entry.project, MAX_TITLE_CHARS) or 'no folder'}"
        yield line


def _format_line(entry: MemoryEntry) -> str:
    title = (
        format_user_text(entry.title, MAX_TITLE_CHARS)
        if entry.trust == "person"
        else quote(entry.title, MAX_TITLE_CHARS)
    )
    return f"- {entry.id} · {format_minute(entry.at_us)} · {entry.type} · {title} · {entry.tokens} tokens"


def _format_entry(entry: MemoryEntry) -> str:
    details = {
        "Source": entry.trust,
        "Session": quote(entry.session_id, MAX_TITLE_CHARS),
        "Project": quote(entry.project, MAX_TITLE_CHARS),
        "Outcome": quote(entry.outcome, MAX_SNIPPET_CHARS),
        "Files read": _format_files(entry.files_read),
        "Files modified": _format_files(entry.files_modified),
        "From events": ", ".join(map(str, entry.events)),
    }
    lines = [_format_line(entry), *(f"  {name}: {value}" for name, value in details.items() if value)]
    text = format_user_block(entry.text) if entry.trust == "person" else quote_block(entry.text)
    return "\n".join([*lines, "", text])


def _format_files(names: Sequence[str]) -> str:
    shown = ", ".join(quote(name, MAX_TITLE_CHARS) for name in names[:20])
    return f"{shown}, and {len(names) - 20} more" if len(names) > 20 else shown
