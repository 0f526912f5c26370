"""`GET /export/session?id=&as=`: one session as JSON lines, Markdown or a page that needs nothing else.

On the event loop, piece by piece: a long session holds neither a thread nor much memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string

from accounts.api_base.problem import Problem
from accounts.sign_in import cookie_auth
from dashboard.render import render_budget
from dashboard.session import session_data, session_markdown
from dashboard.session.session_summary import Glance, glance
from events.endpoints import async_http
from events.endpoints.async_http import Request, Send
from events.wire.json_text import one_line
from memory.sessions import session_queries
from memory.sessions.session_events import Stretch


@dataclass(frozen=True, slots=True)
class Form:
    """What a session can be taken out as: its type, a file's ending, and how the pieces of it are made."""

    kind: str
    ending: str
    piece: Callable[[UUID, Stretch], str]
    head: Callable[[Glance], str] = lambda seen: ""
    foot: str = ""


async def download(request: Request, send: Send) -> None:
    """For a browser that is signed in. Raises Problem `not_authenticated`, `not_found`."""
    user_id = await async_http.read(cookie_auth.signed_in, request.headers.get("cookie", ""))
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")
    asked = parse_qs(bytes(request.scope["query_string"]).decode("ascii", "replace"))
    form = FORMS.get(asked.get("as", [""])[0])
    seen = await async_http.read(session_queries.find, user_id, asked.get("id", [""])[0])
    if form is None or seen is None:
        raise Problem("not_found", "You have no such session, or it cannot be had in that form.")
    async with async_http.while_awaited(request):
        await _send(request, send, user_id, glance(seen), form)


async def _send(request: Request, send: Send, user_id: UUID, seen: Glance, form: Form) -> None:
    saved = f'attachment; filename="session-{seen.id[:8]}.{form.ending}"'.encode("ascii", "replace")
    opening = [*async_http.head(request, form.kind), (b"content-disposition", saved), (b"x-accel-buffering", b"no")]
    await async_http.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    await _piece(send, await async_http.read(lambda: form.head(seen).encode("utf-8", "replace")))
    start, more = None, True
    while more:
        found = await async_http.read(session_data.stretch, user_id, seen.id, start)
        await _piece(send, await async_http.read(_made, form, user_id, found))
        start, more = found.later, found.later is not None
    await async_http.within(send, {"type": "http.response.body", "body": form.foot.encode()})


def _made(form: Form, user_id: UUID, found: Stretch) -> bytes:
    with render_budget.spending(render_budget.export()):
        return form.piece(user_id, found).encode("utf-8", "replace")


async def _piece(send: Send, body: bytes) -> None:
    await async_http.within(send, {"type": "http.response.body", "body": body, "more_body": True})


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Gives the address its name for links. Django sees only what is no GET: a thread must not stream."""
    return HttpResponseNotAllowed(["GET"])


def _lines(user_id: UUID, found: Stretch) -> str:
    return "".join(f"{one_line(record.wire(user_id))}\n" for record in found.here)


def _markdown(user_id: UUID, found: Stretch) -> str:
    return session_markdown.markdown(session_data.turns(found))


def _markdown_head(seen: Glance) -> str:
    return "".join(
        (
            f"# {session_markdown.plain(seen.title)}\n\n",
            f"- Session: `{seen.id}`\n- Project: {session_markdown.code(seen.where)}\n\n",
        )
    )


def _html(user_id: UUID, found: Stretch) -> str:
    return render_to_string("sessions/_export.html", {"chapters": session_data.chapters(found, whole=True)})


def _html_head(seen: Glance) -> str:
    # Opened from a disk there are no headers: the page itself says that it loads nothing and runs nothing.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(seen.title)}</title><style>{_style()}</style></head>"
        f"<body><main><h1>{escape(seen.title)}</h1><p>{escape(seen.where)} · {escape(seen.id)}</p>"
    )


@cache
def _style() -> str:
    folder = settings.BASE_DIR / "static" / "css"
    return "".join((folder / f"{name}.css").read_text() for name in ("base", "parts", "export"))


FORMS = {
    "jsonl": Form("application/x-ndjson", "jsonl", _lines),
    "markdown": Form("text/markdown; charset=utf-8", "md", _markdown, _markdown_head),
    "html": Form("text/html; charset=utf-8", "html", _html, _html_head, "</main></body></html>\n"),
}
