"""`GET /live/stream`: what happens as it comes, as HTML like the pages', for a browser that is signed in.

The feed is sent the rows within its scope; a session's page (`?session=`) what its events make or change there.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from django.http import QueryDict
from django.template.loader import render_to_string

from accounts import browser
from accounts.problem import Problem
from dashboard import cards, live, scope, story
from dashboard.glance import session_of
from dashboard.growing import Growing
from events import native, stream
from events.log import Record
from events.native import Request, Send
from memory import feed
from memory.scope import EVERYTHING, Scope


async def rows(request: Request, send: Send) -> None:
    """Messages `event: rows`, or `event: steps` with `?session=`; `?cursor=` or `Last-Event-ID` says from where."""
    cookie = request.headers.get("cookie", "")
    user_id = await native.read(browser.signed_in, cookie)
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")

    async def allowed() -> bool:
        return await native.read(browser.signed_in, cookie) == user_id

    start = await stream.place(request, user_id)
    render = await _rendering(request, user_id, start)
    await stream.follow(request, send, user_id=user_id, start=start, render=render, allowed=allowed)


async def _rendering(request: Request, user_id: UUID, start: int) -> stream.Render:
    query = QueryDict(request.scope["query_string"])
    asked = query.get("session", "")
    if not asked:
        return _as_rows(user_id, scope.of_query(query).scope)
    growing = await native.read(story.growing, user_id, asked, start)

    async def as_steps(records: Sequence[Record]) -> str:
        # Beside the event loop: what came in a night may be hundreds of blocks, in colours.
        html = await asyncio.to_thread(steps, growing, asked, records)
        # Without words the place alone is told, so that a reader who comes back begins there.
        return stream.message("steps", html, records[-1].seq) if html else stream.silence(records[-1].seq)

    return as_steps


def _as_rows(user_id: UUID, chosen: Scope) -> stream.Render:
    async def as_rows(records: Sequence[Record]) -> str:
        fitting = records
        if chosen != EVERYTHING:
            fitting = await native.read(feed.fitting, user_id, chosen, records)
        seq = records[-1].seq
        return stream.message("rows", live.render(fitting), seq) if fitting else stream.silence(seq)

    return as_rows


def steps(growing: Growing, session_id: str, records: Sequence[Record]) -> str:
    """The HTML of what these records make or change in a session; empty if they are about others."""
    told = (story.happened(record) for record in records if session_id in record.text)
    grown = growing.take(event for event in told if session_of(event) == session_id)
    page = {
        "chapters": cards.chapters(grown.turns, continues=growing.continues),
        "changed": grown.changed,
        "gone": any(record.deleted for record in records),
    }
    return render_to_string("sessions/_grown.html", page) if grown.turns or page["gone"] else ""
