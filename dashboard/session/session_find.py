"""Finds steps of a whole session: by text, tool, file, and whether they failed. Pure. Linear in the events' text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dashboard.render import render_parts, row_text
from dashboard.render.row_text import RowText
from dashboard.session import step_views
from dashboard.session.call_starts import CallStarts
from dashboard.session.session_conversation import MESSAGE_HOOKS
from dashboard.session.step_views import StepView
from dashboard.session.timeline_builder import END_STATES, parse_finished_call
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.sessions.session_events import SessionPosition

MAX_QUERY_CHARS = 200
MAX_PREVIEW_LINES = 8
SEARCHED_MEMBERS = ("prompt", "text", "last_assistant_message", "tool_input", "tool_response", "error", "reason")
FAILED_HOOKS = ("post_tool_failure", "permission_denied", "stop_failure")


@dataclass(frozen=True, slots=True)
class FindQuery:
    """What to find. `text` is as typed, the rest is parsed from it: words for tools and files, and a phrase."""

    text: str
    failed: bool
    phrase: str = ""
    tools: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.phrase or self.tools or self.files or self.failed)


def parse_query(text: str, *, failed: bool) -> FindQuery:
    """Parses `tool:Bash file:models.py some words`; the words are one phrase."""
    text = text[:MAX_QUERY_CHARS].strip()
    words = text.lower().split()
    tools = tuple(word[5:] for word in words if word.startswith("tool:"))
    files = tuple(word[5:] for word in words if word.startswith("file:"))
    phrase = " ".join(word for word in words if not word.startswith(("tool:", "file:")))
    return FindQuery(text, failed, phrase, tools, files)


def may_match(event: HookEvent, query: FindQuery) -> bool:
    """Checks whether an event may be a hit, by its header and its unparsed text."""
    if event.hook not in END_STATES and event.hook not in MESSAGE_HOOKS:
        return False
    if query.failed and event.hook not in FAILED_HOOKS:
        return False
    return all(tool in event.host.tool_name.lower() for tool in query.tools)


def iter_hits(events: Iterable[HookEvent], query: FindQuery, starts: CallStarts) -> Iterator[StepView]:
    """Yields the steps that match, in order. A tool call has the number by which the timeline shows it."""
    for event in events:
        if _matches(event, query):
            yield _build_step(event, starts)


def find_failure(
    events: Iterable[tuple[int, HookEvent]], *, start: SessionPosition | None, end: SessionPosition | None
) -> int | None:
    """Finds the first failed step from `start` on, or else the last one before `end`; `events` have their times in µs.

    Returns the number by which the timeline shows the step: it stands where its tool call began.
    """
    found = list(_iter_failed_positions(events))
    if start:
        return min((position for position in found if position >= start), default=(0, None))[1]
    return max((position for position in found if end and position < end), default=(0, None))[1]


def _iter_failed_positions(events: Iterable[tuple[int, HookEvent]]) -> Iterator[SessionPosition]:
    starts: dict[str, SessionPosition] = {}
    for at_us, event in events:
        position, call_id = (at_us, event.seq), event.host.tool_use_id
        if event.hook == "pre_tool_use" and call_id:
            starts.setdefault(call_id, position)
        elif event.hook in FAILED_HOOKS:
            yield starts.get(call_id, position)


def _matches(event: HookEvent, query: FindQuery) -> bool:
    data = event.data
    paths = " ".join(get_text(data, "tool_input", name) for name in ("file_path", "notebook_path", "path")).lower()
    if not all(name in paths for name in query.files):
        return False
    return not query.phrase or any(
        query.phrase in " ".join(text.lower().split()) for name in SEARCHED_MEMBERS for text in _texts(data.get(name))
    )


def _texts(value: object) -> Iterator[str]:
    """Yields the texts in a value, however deep it is nested."""
    pending = [value]
    while pending:
        match pending.pop():
            case str() as text:
                yield text
            case Mapping() as members:
                pending.extend(members.values())
            case list() as values:
                pending.extend(values)


def _build_step(event: HookEvent, starts: CallStarts) -> StepView:
    if event.hook in END_STATES:
        return step_views.with_start(step_views.build_closed_step(parse_finished_call(event)), starts.find(event))
    row = row_text.make_row(event)
    text = get_text(event.data, "prompt") or get_text(event.data, "text")
    parts = render_parts.make_lines(text or get_text(event.data, "last_assistant_message"), MAX_PREVIEW_LINES)
    return StepView((event.seq,), event.at, RowText(row.icon, row.verb, row.target, row.outcome, row.tone), parts)
