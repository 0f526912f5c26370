"""`GET /live/stream`: what happens as it comes, as HTML like the pages', for a browser that is signed in.

The feed is sent the rows within its scope; a session's page (`?session=`) what its events make or change there.
"""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from django.http import QueryDict
from django.template.loader import render_to_string

from accounts.api_base.problem import Problem
from accounts.sign_in import cookie_auth
from dashboard.base import filter_query
from dashboard.feed.live_rendering import in_thread, slices
from dashboard.session import feed_rows, session_data, step_views
from dashboard.session.feed_rows import Shown
from dashboard.session.live_timeline import Growing
from dashboard.session.session_summary import session_of
from events.endpoints import async_http, event_stream
from events.endpoints.async_http import Request, Send
from events.endpoints.shared_texts import Shared
from events.store.log import Record
from memory.sessions import event_feed
from memory.values.page_filter import EVERYTHING, Scope

MESSAGE_CHARACTERS = 4_000_000  # of events that one message tells of; those beyond it are rows without details
_shared = Shared()
Stand = tuple[UUID, str, int]  # of a session, at a number of the log
OPEN = 64  # timelines that are kept to be read on from
_timelines: OrderedDict[Stand, Growing] = OrderedDict()


async def rows(request: Request, send: Send) -> None:
    """Messages `event: rows`, or `event: steps` with `?session=`; `?cursor=` or `Last-Event-ID` says from where."""
    cookie = request.headers.get("cookie", "")
    user_id = await async_http.read(cookie_auth.signed_in, cookie)
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")

    async def allowed() -> bool:
        return await async_http.read(cookie_auth.signed_in, cookie) == user_id

    start = await event_stream.place(request, user_id)
    render = await _rendering(request, user_id, start)
    await event_stream.follow(request, send, user_id=user_id, start=start, render=render, allowed=allowed)


async def _rendering(request: Request, user_id: UUID, start: int) -> event_stream.Render:
    query = QueryDict(request.scope["query_string"])
    asked = query.get("session", "")
    return await as_steps(user_id, asked, start) if asked else as_rows(user_id, filter_query.of_query(query).scope)


async def as_steps(user_id: UUID, session_id: str, at: int) -> event_stream.Render:
    """For a page of this session, of what comes after a number. What stands there is read before anything comes."""
    if (user_id, session_id, at) not in _timelines:
        _keep((user_id, session_id, at), await async_http.read(session_data.growing, user_id, session_id, at))

    async def render(records: Sequence[Record]) -> str:
        nonlocal at
        stand = (user_id, session_id, at)
        made = await _shared.get((*stand, records[-1].seq, len(records)), lambda: _steps_messages(stand, records))
        at = records[-1].seq
        return made

    return render


async def _steps_messages(stand: Stand, records: Sequence[Record]) -> str:
    """What these records make or change in a session since it stood there."""
    user_id, session_id, at = stand
    growing = _timelines.pop(stand, None)
    if growing is None:
        growing = await async_http.read(session_data.growing, user_id, session_id, at)
    made = "".join([await in_thread(_steps_message, growing, session_id, part) for part in slices(records)])
    _keep((user_id, session_id, records[-1].seq), growing)
    return made


def _keep(stand: Stand, growing: Growing) -> None:
    _timelines[stand] = growing
    if len(_timelines) > OPEN:
        _timelines.popitem(last=False)


def _steps_message(growing: Growing, asked: str, records: Sequence[Record]) -> str:
    html, seq = steps(growing, asked, records), records[-1].seq
    # Without words the place alone is told, so that a reader who comes back begins there.
    return event_stream.message("steps", html, seq) if html else event_stream.silence(seq)


def as_rows(user_id: UUID, chosen: Scope) -> event_stream.Render:
    """For a feed of this scope. Pages of one user and scope share what is made."""

    async def render(records: Sequence[Record]) -> str:
        key = (user_id, chosen, records[0].seq, records[-1].seq, len(records))
        return await _shared.get(key, lambda: _rows_message(user_id, chosen, records))

    return render


async def _rows_message(user_id: UUID, chosen: Scope, records: Sequence[Record]) -> str:
    fitting = records
    if chosen != EVERYTHING:
        fitting = await async_http.read(event_feed.fitting, user_id, chosen, records)
    seq = records[-1].seq
    if not fitting:
        return event_stream.silence(seq)
    told: list[Shown] = []
    left = MESSAGE_CHARACTERS
    for part in slices([record for record in fitting if not record.deleted]):
        left -= sum(len(record.text) for record in part)
        told += await in_thread(_shown, part, left >= 0)
    gone = [record.id for record in fitting if record.deleted]
    return await in_thread(lambda: event_stream.message("rows", feed_rows.html(told, gone), seq))


def _shown(records: Sequence[Record], in_detail: bool) -> list[Shown]:
    return [feed_rows.shown(record) if in_detail else feed_rows.bare(record) for record in records]


def steps(growing: Growing, session_id: str, records: Sequence[Record]) -> str:
    """The HTML of what these records make or change in a session; empty if they are about others."""
    told = (session_data.happened(record) for record in records if session_id in record.text)
    grown = growing.take(event for event in told if session_of(event) == session_id)
    page = {
        "chapters": step_views.chapters(grown.turns, continues=growing.continues),
        "changed": grown.changed,
        "gone": any(record.deleted for record in records),
    }
    return render_to_string("sessions/_grown.html", page) if grown.turns or page["gone"] else ""
