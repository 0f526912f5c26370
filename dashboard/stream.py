"""`GET /live/stream`: the feed's rows as they come, for a browser that is signed in."""

from collections.abc import Sequence

from accounts import browser
from accounts.problem import Problem
from dashboard.live import render
from events import native, stream
from events.log import Record
from events.native import Request, Send


async def rows(request: Request, send: Send) -> None:
    """Messages `event: rows`, whose data are the HTML of rows; `?cursor=` or `Last-Event-ID` says from where."""
    cookie = request.headers.get("cookie", "")
    user_id = await native.read(browser.signed_in, cookie)
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")

    async def allowed() -> bool:
        return await native.read(browser.signed_in, cookie) == user_id

    def as_rows(records: Sequence[Record]) -> str:
        return stream.message("rows", render(records), records[-1].seq)

    start = await stream.place(request, user_id)
    await stream.follow(request, send, user_id=user_id, start=start, render=as_rows, allowed=allowed)
