"""`GET /live/stream`: events as they commit, as the same HTML as on the pages, for a signed-in browser.

The feed receives the rows within its page filter; a session's page (`?session=`) receives new and changed steps.
"""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from django.http import QueryDict, parse_cookie
from django.template.loader import render_to_string

from accounts.api_base.problem import Problem
from accounts.sign_in import cookie_auth
from dashboard.base import filter_query, user_names
from dashboard.feed.live_rendering import run_in_render_thread, split_batches
from dashboard.render import shown_names
from dashboard.render.feed_row import KIND_LABELS
from dashboard.render.shown_names import ShownNames
from dashboard.session import feed_rows, session_data, step_views
from dashboard.session.feed_rows import RenderedRow
from dashboard.session.live_timeline import LiveTimeline
from events.endpoints import async_http, event_stream
from events.endpoints.async_http import AsgiRequest, Send
from events.endpoints.log_follower import RenderRecords
from events.endpoints.shared_texts import SharedTextCache
from events.store.log import Record
from events.wire import event_header
from memory.sessions import event_feed
from memory.values.page_filter import NO_FILTER, PageFilter

MAX_MESSAGE_CHARS = 4_000_000  # characters of events that one message details; further events are bare rows
_shared_messages = SharedTextCache()
TimelineKey = tuple[UUID, str, int]  # user, session id, number in the log up to which the timeline is built
MAX_OPEN_TIMELINES = 64  # cached timelines, to which later events are applied
_timelines: OrderedDict[TimelineKey, LiveTimeline] = OrderedDict()
MAX_CACHED_NAMES = 256  # users
_names: OrderedDict[UUID, ShownNames] = OrderedDict()


async def stream_live(request: AsgiRequest, send: Send) -> None:
    """Streams messages `event: rows`, or `event: steps` with `?session=`. Raises Problem `not_authenticated`.

    `?cursor=` or `Last-Event-ID` sets the start.
    """
    cookie = request.headers.get("cookie", "")
    user_id = await async_http.run_in_thread(cookie_auth.load_user_id, cookie)
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")

    async def is_still_signed_in() -> bool:
        return await async_http.run_in_thread(cookie_auth.load_user_id, cookie) == user_id

    start = await event_stream.find_start(request, user_id)
    render = await _choose_renderer(request, user_id, start)
    await event_stream.follow_log(
        request, send, user_id=user_id, start=start, render=render, is_allowed=is_still_signed_in
    )


async def _choose_renderer(request: AsgiRequest, user_id: UUID, start: int) -> RenderRecords:
    query = QueryDict(request.scope["query_string"])
    session_id = query.get("session", "")
    return (
        await make_steps_renderer(user_id, session_id, start)
        if session_id
        else make_rows_renderer(user_id, _parse_filter(request, query), parse_kind(query))
    )


def _parse_filter(request: AsgiRequest, query: QueryDict) -> PageFilter:
    """Parses the page filter. Its days are those of the page: the address does not name the zone of the browser."""
    own_zone = parse_cookie(request.headers.get("cookie", "")).get(filter_query.ZONE_COOKIE, "")
    return filter_query.parse_query(query, own_zone=own_zone).page_filter


def parse_kind(query: QueryDict) -> str:
    """Returns the kind of events that a feed shows; empty for all kinds."""
    kind = query.get("kind", "")
    return kind if kind in KIND_LABELS else ""


async def make_steps_renderer(user_id: UUID, session_id: str, seq: int) -> RenderRecords:
    """Makes the renderer of a session's steps after a number in the log.

    The timeline up to that number is loaded before the first event arrives.
    """
    if (user_id, session_id, seq) not in _timelines:
        _cache_timeline(
            (user_id, session_id, seq),
            await async_http.run_in_thread(session_data.load_live_timeline, user_id, session_id, seq),
        )

    async def render(records: Sequence[Record]) -> str:
        nonlocal seq
        key = (user_id, session_id, seq)
        message = await _shared_messages.get(
            (*key, records[-1].seq, len(records)), lambda: _render_steps_messages(key, records)
        )
        seq = records[-1].seq
        return message

    return render


async def _render_steps_messages(key: TimelineKey, records: Sequence[Record]) -> str:
    """Renders the steps that these records add or change in the timeline at `key`."""
    user_id, session_id, seq = key
    timeline = _timelines.pop(key, None)
    if timeline is None:
        timeline = await async_http.run_in_thread(session_data.load_live_timeline, user_id, session_id, seq)
    messages = "".join(
        [
            await run_in_render_thread(_render_steps_message, timeline, session_id, batch)
            for batch in split_batches(records)
        ]
    )
    _cache_timeline((user_id, session_id, records[-1].seq), timeline)
    return messages


def _cache_timeline(key: TimelineKey, timeline: LiveTimeline) -> None:
    _timelines[key] = timeline
    if len(_timelines) > MAX_OPEN_TIMELINES:
        _timelines.popitem(last=False)


def _render_steps_message(timeline: LiveTimeline, session_id: str, records: Sequence[Record]) -> str:
    html, seq = render_timeline_update(timeline, session_id, records), records[-1].seq
    # A message without HTML contains only the position, so that a reconnecting browser continues there.
    return event_stream.format_message("steps", html, seq) if html else event_stream.format_position(seq)


def make_rows_renderer(user_id: UUID, page_filter: PageFilter, kind: str = "") -> RenderRecords:
    """Makes the renderer of a feed with this page filter and kind. Pages with the same of both share the messages."""

    async def render(records: Sequence[Record]) -> str:
        key = (user_id, page_filter, kind, records[0].seq, records[-1].seq, len(records))
        return await _shared_messages.get(key, lambda: _render_rows_message(user_id, page_filter, kind, records))

    return render


async def _render_rows_message(user_id: UUID, page_filter: PageFilter, kind: str, records: Sequence[Record]) -> str:
    matching = records
    if page_filter != NO_FILTER:
        matching = await async_http.run_in_thread(event_feed.filter_records, user_id, page_filter, records)
    seq = records[-1].seq
    if not matching:
        return event_stream.format_position(seq)
    rendered_rows: list[RenderedRow] = []
    chars_left = MAX_MESSAGE_CHARS
    for batch in split_batches([record for record in matching if not record.is_deleted]):
        chars_left -= sum(len(record.text) for record in batch)
        names = await _load_names(user_id, batch)
        rows = await run_in_render_thread(_render_records, names, batch, chars_left >= 0)
        rendered_rows += (row for row in rows if row.row.is_of_kind(kind))
    deleted_ids = [record.id for record in matching if record.is_deleted]
    if not rendered_rows and not deleted_ids:
        return event_stream.format_position(seq)
    return await run_in_render_thread(
        lambda: event_stream.format_message("rows", feed_rows.render_rows(rendered_rows, deleted_ids), seq)
    )


async def _load_names(user_id: UUID, records: Sequence[Record]) -> ShownNames:
    """Returns the names of the user's projects; loads them again when an event belongs to a new project."""
    names = _names.get(user_id)
    if names is None or not await run_in_render_thread(_are_known, names, records):
        names = _names[user_id] = await async_http.run_in_thread(user_names.load_names, user_id)
        if len(_names) > MAX_CACHED_NAMES:
            _names.popitem(last=False)
    return names


def _are_known(names: ShownNames, records: Sequence[Record]) -> bool:
    headers = (event_header.parse_header(record.text) for record in records)
    return all(names.knows(one.repo, one.root or one.project) for one in headers)


def _render_records(names: ShownNames, records: Sequence[Record], in_detail: bool) -> list[RenderedRow]:
    with shown_names.use_names(lambda: names):
        return [feed_rows.render_row(record) if in_detail else feed_rows.render_bare_row(record) for record in records]


def render_timeline_update(timeline: LiveTimeline, session_id: str, records: Sequence[Record]) -> str:
    """Renders the steps that these records add or change in a session; empty if they belong to other sessions."""
    hook_events = (session_data.parse_event(record) for record in records if session_id in record.text)
    update = timeline.apply(event for event in hook_events if event.session_id == session_id)
    views = step_views.build_turn_views(update.turns, continued_prompt=timeline.continued_prompt)
    context = {
        "turns": [(view, None) for view in views],  # the page fetches the totals with its header
        "changed": update.changed_seqs,
        "gone": any(record.is_deleted for record in records),
    }
    return (
        render_to_string("sessions/timeline/_timeline_update.html", context) if update.turns or context["gone"] else ""
    )
