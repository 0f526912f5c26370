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

from accounts import browser
from accounts.problem import Problem
from dashboard import story, transcript
from dashboard.glance import Glance, glance
from events import native
from events.jsontext import one_line
from events.native import Request, Send
from memory import sessions
from memory.steps import Stretch


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
    user_id = await native.read(browser.signed_in, request.headers.get("cookie", ""))
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")
    asked = parse_qs(bytes(request.scope["query_string"]).decode("ascii", "replace"))
    form = FORMS.get(asked.get("as", [""])[0])
    seen = await native.read(sessions.find, user_id, asked.get("id", [""])[0])
    if form is None or seen is None:
        raise Problem("not_found", "You have no such session, or it cannot be had in that form.")
    await _send(request, send, user_id, glance(seen), form)


async def _send(request: Request, send: Send, user_id: UUID, seen: Glance, form: Form) -> None:
    saved = f'attachment; filename="session-{seen.id[:8]}.{form.ending}"'.encode("ascii", "replace")
    opening = [*native.head(request, form.kind), (b"content-disposition", saved), (b"x-accel-buffering", b"no")]
    await native.within(send, {"type": "http.response.start", "status": 200, "headers": opening})
    await _piece(send, form.head(seen))
    start, more = None, True
    while more:
        found = await native.read(story.stretch, user_id, seen.id, start)
        await _piece(send, await native.read(form.piece, user_id, found))
        start, more = found.later, found.later is not None
    await native.within(send, {"type": "http.response.body", "body": form.foot.encode()})


async def _piece(send: Send, text: str) -> None:
    await native.within(
        send, {"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True}
    )


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Gives the address its name for links. Django sees only what is no GET: a thread must not stream."""
    return HttpResponseNotAllowed(["GET"])


def _lines(user_id: UUID, found: Stretch) -> str:
    return "".join(f"{one_line(record.wire(user_id))}\n" for record in found.here)


def _markdown(user_id: UUID, found: Stretch) -> str:
    return transcript.markdown(story.turns(found))


def _markdown_head(seen: Glance) -> str:
    return f"# {transcript.plain(seen.title)}\n\n- Session: `{seen.id}`\n- Project: {transcript.code(seen.where)}\n\n"


def _html(user_id: UUID, found: Stretch) -> str:
    return render_to_string("sessions/_export.html", {"chapters": story.chapters(found, whole=True)})


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
