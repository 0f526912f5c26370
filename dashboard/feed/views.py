"""The pages: what Memfog is, the feed, one event; and this server's client package."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Token
from dashboard.account_pages.machine_views import shown
from dashboard.base import client_package as package
from dashboard.base import filter_query
from dashboard.base.current_user import person
from dashboard.demo import demo_data
from dashboard.demo.demo_events import is_demo
from dashboard.feed import landing_sample, live_board
from dashboard.render import json_view
from dashboard.session import feed_rows, session_data
from dashboard.session.session_summary import session_of
from events.isolation.row_security import for_its_user
from events.store import log
from events.store.log import Record
from events.wire import cursor
from memory.projection import projector
from memory.sessions import event_feed
from memory.sessions.session_queries import PATIENCE
from memory.values import page_cursor
from memory.values.page_filter import EVERYTHING

PAGE = 50
CLIENT = settings.BASE_DIR / "client"
_LARGEST = 2**63


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Signed in: the feed, newest first, or how to fill it.

    `?project=`, `?machine=`, `?time=` choose, `?before=` pages back.
    """
    if not request.user.is_authenticated:
        return render(request, "dashboard/landing.html", {"sample": landing_sample.rows()})
    user_id, asked = person(request), filter_query.read(request)
    # Asked before the rows: what comes in between arrives twice, and is recognised, rather than not at all.
    head = log.head(user_id)
    projector.catch_up(user_id, seconds=PATIENCE)
    shown, page = _feed(user_id, asked, request.GET.get("before", ""))
    shown["cursor"] = cursor.encode(head)
    is_early = shown["live"] and not shown["narrowed"] and all(is_demo(record.id) for record in page)
    waits = is_early and (not page or demo_data.is_all(user_id))
    return render(request, "dashboard/feed.html", shown | _first_steps(user_id) if waits else shown)


@for_its_user
def _feed(user_id: UUID, asked: filter_query.Asked, before: str) -> tuple[dict[str, object], Sequence[Record]]:
    """What the page shows, and the records of its rows."""
    narrowed = asked.scope != EVERYTHING
    page, begun, older = (_scoped if narrowed else _all)(user_id, asked, before)
    shown = {
        "rows": feed_rows.newest_first(reversed(page)),
        "older": None if older is None else asked.query(before=older),
        "live": not begun,
        "tiles": [] if begun else live_board.known(user_id, asked.scope),
        "narrowed": narrowed,
        "endless": True,
        **filter_query.offers(user_id, asked),
    }
    return shown, page


Page = tuple[Sequence[Record], bool, str | None]


def _all(user_id: UUID, asked: filter_query.Asked, before: str) -> Page:
    """Everything, in the order of the log: a page, whether it begins somewhere, and where the next one does."""
    number = _number(before)
    records = log.before(user_id, number, limit=PAGE + 1)
    return records[:PAGE], number is not None, str(records[PAGE - 1].seq) if len(records) > PAGE else None


def _scoped(user_id: UUID, asked: filter_query.Asked, before: str) -> Page:
    """The same of what is within a scope, in the order of time."""
    place = filter_query.place(before, (int, int))
    records, older = event_feed.page(user_id, asked.scope, limit=PAGE, before=place)
    return records, place is not None, None if older is None else page_cursor.encode(*older)


def _first_steps(user_id: UUID) -> dict[str, object]:
    """For whom no machine has sent anything yet; a demo does not count."""
    oldest = Token.objects.of(user_id).order_by("created_at", "id")[:1]
    return {"waits": True, "token": next(iter(shown(oldest)), None)}


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def event(request: HttpRequest, seq: str) -> HttpResponse:
    """One event with all that was captured: a page, or for the feed's script only what goes under its row."""
    record = _own(request, seq)
    fragment = request.headers.get("X-Requested-With") == "fetch"
    name = "dashboard/_event.html" if fragment else "dashboard/event.html"
    page = {"shown": feed_rows.shown(record), "record": record, "page": json_view.lay_out(record.text)}
    return render(request, name, page | {"session_id": session_of(session_data.happened(record))})


@never_cache
@login_required
@require_safe
def raw(request: HttpRequest, seq: str) -> HttpResponse:
    """The event as it was sent, to keep. Never rendered by a browser, whatever is in it."""
    record = _own(request, seq)
    saved = {"Content-Disposition": f'attachment; filename="event-{record.seq}.json"'}
    return HttpResponse(record.text, content_type="text/plain; charset=utf-8", headers=saved)


def _own(request: HttpRequest, seq: str) -> Record:
    number = _number(seq)
    record = None if number is None else log.get(person(request), number)
    if record is None:
        raise Http404
    return record


def _number(text: str) -> int | None:
    """A number that the log could hold; None for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else _LARGEST
    return number if number < _LARGEST else None


@cache_control(public=True, max_age=60)
@require_safe
def client_package(request: HttpRequest) -> HttpResponse:
    try:
        body = package.tarball(CLIENT, api=settings.PUBLIC_URL)
    except FileNotFoundError as error:  # a server that was installed without it
        raise Http404 from error
    return HttpResponse(body, content_type="application/gzip")


@cache_control(public=True, max_age=60)
@require_safe
def client_release(request: HttpRequest) -> HttpResponse:
    try:
        return JsonResponse(package.release(CLIENT, api=settings.PUBLIC_URL))
    except FileNotFoundError as error:
        raise Http404 from error
