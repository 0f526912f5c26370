"""`GET /export/session?id=&as=`: downloads a session as JSON lines, Markdown or a self-contained HTML page.

The event loop streams the export page by page: a long session occupies neither a thread nor much memory.
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
from dashboard.session.session_summary import SessionView, build_session_view
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from events.wire.json_text import compact_json
from memory.sessions import session_queries
from memory.sessions.session_events import SessionPage

STYLES = ("base", "render/code", "render/parts", "render/highlight", "session/export")


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of a session export: content type, file extension, and the functions that render its chunks."""

    content_type: str
    extension: str
    render_page: Callable[[UUID, SessionPage], str]
    render_head: Callable[[SessionView], str] = lambda seen: ""
    footer: str = ""


async def export_session(request: AsgiRequest, send: Send) -> None:
    """Sends the export to a signed-in browser. Raises Problem `not_authenticated`, `not_found`."""
    user_id = await async_http.run_in_thread(cookie_auth.load_user_id, request.headers.get("cookie", ""))
    if user_id is None:
        raise Problem("not_authenticated", "Sign in first.")
    query = parse_qs(bytes(request.scope["query_string"]).decode("ascii", "replace"))
    export_format = EXPORT_FORMATS.get(query.get("as", [""])[0])
    session = await async_http.run_in_thread(session_queries.find_session, user_id, query.get("id", [""])[0])
    if export_format is None or session is None:
        raise Problem("not_found", "No such session or export format.")
    async with async_http.cancel_on_disconnect(request):
        await _send_export(request, send, user_id, build_session_view(session), export_format)


async def _send_export(
    request: AsgiRequest, send: Send, user_id: UUID, session: SessionView, export_format: ExportFormat
) -> None:
    disposition = f'attachment; filename="session-{session.id[:8]}.{export_format.extension}"'.encode(
        "ascii", "replace"
    )
    headers = [
        *async_http.response_headers(request, export_format.content_type),
        (b"content-disposition", disposition),
        (b"x-accel-buffering", b"no"),
    ]
    await async_http.send_with_timeout(send, {"type": "http.response.start", "status": 200, "headers": headers})
    await _send_chunk(
        send, await async_http.run_in_thread(lambda: export_format.render_head(session).encode("utf-8", "replace"))
    )
    start, has_more = None, True
    while has_more:
        page = await async_http.run_in_thread(session_data.load_page, user_id, session.id, start)
        await _send_chunk(send, await async_http.run_in_thread(_render_page, export_format, user_id, page))
        start, has_more = page.next_start, page.next_start is not None
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": export_format.footer.encode()})


def _render_page(export_format: ExportFormat, user_id: UUID, page: SessionPage) -> bytes:
    with render_budget.use_budget(render_budget.export_budget()):
        return export_format.render_page(user_id, page).encode("utf-8", "replace")


async def _send_chunk(send: Send, body: bytes) -> None:
    await async_http.send_with_timeout(send, {"type": "http.response.body", "body": body, "more_body": True})


def reject_method(request: HttpRequest) -> HttpResponse:
    """Gives the address its URL name and rejects requests.

    Only methods other than GET reach Django: GET is a native route, since a thread must not stream.
    """
    return HttpResponseNotAllowed(["GET"])


def _render_jsonl(user_id: UUID, page: SessionPage) -> str:
    return "".join(f"{compact_json(record.to_wire(user_id))}\n" for record in page.records)


def _render_markdown(user_id: UUID, page: SessionPage) -> str:
    return session_markdown.render_markdown(session_data.build_turns(page))


def _render_markdown_head(session: SessionView) -> str:
    return "".join(
        (
            f"# {session_markdown.escape_markdown(session.title)}\n\n",
            f"- Session: `{session.id}`\n- Project: {session_markdown.render_inline_code(session.folder)}\n\n",
        )
    )


def _render_html(user_id: UUID, page: SessionPage) -> str:
    return render_to_string("sessions/_export.html", {"turns": session_data.build_turn_views(page, open_all=True)})


def _render_html_head(session: SessionView) -> str:
    # A page opened from disk has no response headers, so the page itself contains the policy: load and run nothing.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(session.title)}</title><style>{_load_styles()}</style></head>"
        f"<body><main><h1>{escape(session.title)}</h1><p>{escape(session.folder)} · {escape(session.id)}</p>"
    )


@cache
def _load_styles() -> str:
    folder = settings.BASE_DIR / "static" / "css"
    return "".join((folder / f"{name}.css").read_text() for name in STYLES)


EXPORT_FORMATS = {
    "jsonl": ExportFormat("application/x-ndjson", "jsonl", _render_jsonl),
    "markdown": ExportFormat("text/markdown; charset=utf-8", "md", _render_markdown, _render_markdown_head),
    "html": ExportFormat(
        "text/html; charset=utf-8", "html", _render_html, _render_html_head, "</main></body></html>\n"
    ),
}
