"""The pages: what Memfog is, the feed, one event; and this server's client package."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Token
from dashboard import demo, live, package, pretty, sample, story
from dashboard.glance import session_of
from dashboard.machines import shown
from dashboard.made_up import is_demo
from dashboard.person import person
from dashboard.wall import wall
from events import cursor, log
from events.log import Record

PAGE = 50
CLIENT = settings.BASE_DIR / "client"
_LARGEST = 2**63


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Signed in: the feed, newest first, or how to fill it. `?before=` pages back by number."""
    if not request.user.is_authenticated:
        return render(request, "dashboard/landing.html", {"sample": sample.rows()})
    user_id, before = person(request), _number(request.GET.get("before", ""))
    # Asked before the rows: what comes in between arrives twice, and is recognised, rather than not at all.
    head = log.head(user_id)
    records = log.before(user_id, before, limit=PAGE + 1)
    page = records[:PAGE]
    feed = {
        "rows": live.newest_first(reversed(page)),
        "older": page[-1].seq if len(records) > PAGE else None,
        "live": before is None,
        "cursor": cursor.encode(head),
        "tiles": wall(user_id) if before is None and page else [],
    }
    waits = before is None and all(is_demo(record.id) for record in page) and (not page or demo.is_all(user_id))
    return render(request, "dashboard/feed.html", feed | _first_steps(user_id) if waits else feed)


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
    page = {"shown": live.shown(record), "record": record, "page": pretty.lay_out(record.text)}
    return render(request, name, page | {"session_id": session_of(story.happened(record))})


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
