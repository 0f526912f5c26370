"""Entries as a model reads them, for few tokens: a line each, or in full. Pure.

Only what a person typed stands there as it is; everything else is quoted as data (`memory.context.quoting`).
"""

from collections.abc import Iterable, Iterator, Sequence

from memory.context.context_markdown import when
from memory.context.quoting import block, own_block, quoted, said
from memory.rules.observations import tokens
from memory.search.search_hits import Hit, Item

TITLE, SNIPPET = 110, 240  # characters
NOTHING = "Nothing was found."
MOST = 20_000  # tokens of one answer: hosts cut longer ones, and not at their end
LEFT_OUT = "Left out, since this answer is long enough: {ids}. Ask for them by themselves."


def index(items: Iterable[Item]) -> str:
    """A line for each, under its session."""
    return "\n".join(_grouped((item, _line(item)) for item in items)) or NOTHING


def hits(found: Iterable[Hit], next_cursor: str | None) -> str:
    """A line for each with the piece that fits, and how to go on."""
    lines = [f"{_line(hit.item)}\n  {quoted(hit.snippet, SNIPPET)}".rstrip() for hit in found]
    more = [f'More: the same with cursor "{next_cursor}".'] if next_cursor else []
    return "\n".join([*lines, *more]) or NOTHING


def whole(items: Sequence[Item], *, most: int = MOST) -> str:
    """The full text of each, as long as there is room."""
    told: list[str] = []
    for at, item in enumerate(items):
        text = _whole(item)
        if told and tokens(text) > most:
            told.append(LEFT_OUT.format(ids=", ".join(str(one.id) for one in items[at:])))
            break
        told.append(text)
        most -= tokens(text)
    return "\n\n".join(told) or NOTHING


def _grouped(lines: Iterable[tuple[Item, str]]) -> Iterator[str]:
    session = None
    for item, line in lines:
        if item.session_id != session:
            session = item.session_id
            yield f"Session {quoted(session, TITLE)} in {quoted(item.project, TITLE) or 'no folder'}"
        yield line


def _line(item: Item) -> str:
    title = said(item.title, TITLE) if item.trust == "person" else quoted(item.title, TITLE)
    return f"- {item.id} · {when(item.at_us)} · {item.type} · {title} · {item.tokens} tokens"


def _whole(item: Item) -> str:
    about = {
        "Words of": item.trust,
        "Session": quoted(item.session_id, TITLE),
        "Project": quoted(item.project, TITLE),
        "Outcome": quoted(item.outcome, SNIPPET),
        "Files read": _files(item.files_read),
        "Files modified": _files(item.files_modified),
        "From events": ", ".join(map(str, item.events)),
    }
    lines = [_line(item), *(f"  {name}: {value}" for name, value in about.items() if value)]
    text = own_block(item.text) if item.trust == "person" else block(item.text)
    return "\n".join([*lines, "", text])


def _files(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name, TITLE) for name in names[:20])
    return f"{shown}, and {len(names) - 20} more" if len(names) > 20 else shown
