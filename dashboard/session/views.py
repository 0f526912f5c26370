"""`/sessions/<id>`: one session from its beginning to its end, and what it left behind."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.base.current_user import person
from dashboard.session import feed_rows, session_conversation, session_data
from dashboard.session.session_summary import Glance, glance
from events.store import log
from events.wire import cursor
from memory.sessions import session_events, session_queries
from memory.sessions.session_events import Place

TABS = [
    ("session", "Timeline"),
    ("session-conversation", "Conversation"),
    ("session-files", "Files"),
    ("session-raw", "Raw"),
]
EXPORTS = {"jsonl": "JSON lines", "markdown": "Markdown", "html": "HTML"}
# Events that the views of a whole session look at; what is longer is in the export.
MOST = 6_000
ROWS = 50  # raw events on one page
LINES, FILES = 80, 100  # of a conversation, and changed ones, on one page


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def timeline(request: HttpRequest, session_id: str) -> HttpResponse:
    """The session's timeline, page by page: `?from=` a place, `?at=` an event, or `?at=end`.

    Asked for by a script, only the turns of that page.
    """
    around = _around(request, session_id)
    found = session_data.stretch(person(request), session_id, _start(request, session_id))
    page = around | {
        "chapters": session_data.chapters(found),
        "earlier": session_data.name_of(found.earlier),
        "later": session_data.name_of(found.later),
    }
    fragment = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "sessions/_turns.html" if fragment else "sessions/timeline.html", page)


@never_cache
@login_required
@require_safe
def conversation(request: HttpRequest, session_id: str) -> HttpResponse:
    """What was said, without what was done. `?from=` so many lines on."""
    around = _around(request, session_id)
    reach = session_events.Reach()
    told = session_events.walk(person(request), session_id, session_conversation.is_said, most=MOST, reach=reach)
    start = next(session_data.numbers(request.GET.get("from", ""), most=1), 0)
    lines = session_conversation.conversation(map(session_data.happened, told), start=start, limit=LINES + 1)
    page = around | {"lines": lines[:LINES], "later": start + LINES if len(lines) > LINES else None}
    page["left"] = None if page["later"] else reach.left
    return render(request, "sessions/conversation.html", page)


@never_cache
@login_required
@require_safe
def files(request: HttpRequest, session_id: str) -> HttpResponse:
    """What became of which file."""
    around = _around(request, session_id)
    reach = session_events.Reach()
    told = session_events.walk(person(request), session_id, session_conversation.is_change, most=MOST, reach=reach)
    found = session_conversation.files(map(session_data.happened, told))
    page = around | {"files": found[:FILES], "more": len(found[FILES:]), "left": reach.left}
    return render(request, "sessions/files.html", page)


@never_cache
@login_required
@require_safe
def raw(request: HttpRequest, session_id: str) -> HttpResponse:
    """Each event by itself, in order."""
    around = _around(request, session_id)
    found = session_data.stretch(person(request), session_id, _start(request, session_id), limit=ROWS)
    page = around | {
        "rows": map(feed_rows.shown, found.here),
        "earlier": session_data.name_of(found.earlier),
        "later": session_data.name_of(found.later),
    }
    return render(request, "sessions/raw.html", page)


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def strip(request: HttpRequest, session_id: str) -> HttpResponse:
    """The session's map: a page, or for a script only the picture."""
    seen = own(request, session_id)
    reach = session_events.Reach()
    drawn = session_data.strip(session_events.placed(person(request), session_id, most=MOST, reach=reach))
    fragment = request.headers.get("X-Requested-With") == "fetch"
    name = "sessions/_strip.html" if fragment else "sessions/strip.html"
    picture = drawn.svg(reverse("session", args=[seen.id]))
    return render(request, name, {"seen": seen, "strip": drawn, "svg": picture, "left": reach.left})


@never_cache
@login_required
@require_safe
def now(request: HttpRequest, session_id: str) -> HttpResponse:
    """The heading of a session as it is now, for the page's script; nothing of one that is no more."""
    seen = session_queries.find(person(request), session_id)
    return render(request, "sessions/_now.html", {"seen": glance(seen)}) if seen else HttpResponse(status=204)


def _around(request: HttpRequest, session_id: str) -> dict[str, Any]:
    """What every view of a session shows besides. Raises 404 where the person has no such session."""
    # Asked before anything is read: what comes in between arrives twice, and is recognised, rather than not at all.
    head = log.head(person(request))
    return {"seen": own(request, session_id), "tabs": TABS, "exports": EXPORTS, "cursor": cursor.encode(head)}


def own(request: HttpRequest, session_id: str) -> Glance:
    """The person's session of this name, or 404."""
    seen = session_queries.find(person(request), session_id)
    if seen is None:
        raise Http404
    return glance(seen)


def _start(request: HttpRequest, session_id: str) -> Place | None:
    at = request.GET.get("at", "")
    if at == "end":
        return session_events.last_page(person(request), session_id, session_data.PAGE)
    for seq in session_data.numbers(at, most=1):
        return session_events.place(person(request), session_id, seq)
    return session_data.place_of(request.GET.get("from", ""))


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def block(request: HttpRequest, seq: str) -> HttpResponse:
    """One block of a timeline with all there is to see: the event of this number, and those of `?and=`."""
    seqs = [*session_data.numbers(seq, most=1), *session_data.numbers(request.GET.get("and", ""))]
    records = log.numbered(person(request), seqs)
    card = session_data.card(records)
    if card is None or records[0].seq != min(seqs, default=0):
        raise Http404
    fragment = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "sessions/_body.html" if fragment else "sessions/block.html", {"card": card})
