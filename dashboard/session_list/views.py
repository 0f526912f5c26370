"""`/sessions`: all of them, the latest first; and what one may do with one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import person
from dashboard.feed.live_board import wall
from dashboard.session.session_summary import WORDS, glance, when
from dashboard.session.views import own
from memory.deletion import session_deletion
from memory.preferences import preference_changes
from memory.sessions import session_queries
from memory.values import page_cursor, session_states
from memory.values.page_filter import EVERYTHING

PAGE = 50


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """`?state=`, `?project=`, `?machine=`, `?time=` choose, `?before=` pages on, `?as=cards` shows cards."""
    user_id, asked = person(request), filter_query.read(request)
    state, as_ = request.GET.get("state", ""), "cards" if request.GET.get("as") == "cards" else ""
    state = state if state in session_states.ALL else ""
    before = filter_query.place(request.GET.get("before"), (int, str))
    found = session_queries.page(user_id, limit=PAGE + 1, before=before, state=state or None, scope=asked.scope)
    chosen = {"state": state, "as": as_}
    page: dict[str, Any] = {
        "sessions": [glance(seen) for seen in found[:PAGE]],
        "chosen": chosen,
        "states": WORDS,
        "filtered": bool(state or before or asked.scope != EVERYTHING),
        "endless": True,
        **filter_query.offers(user_id, asked),
        **saved_filter_views.above(user_id, "sessions", request.GET),
        "as_cards": asked.query(state=state, **{"as": "cards"}),
        "as_table": asked.query(state=state),
    }
    if len(found) > PAGE:
        last = found[PAGE - 1].row
        page["next"] = asked.query(**chosen, before=page_cursor.encode(last.last_us, last.session_id))
    return render(request, "sessions/listing.html", page)


@never_cache
@login_required
@require_safe
def tiles(request: HttpRequest) -> HttpResponse:
    """The wall as it is now, for the feed's script."""
    return render(request, "sessions/_wall.html", {"tiles": wall(person(request), filter_query.read(request).scope)})


@never_cache
@login_required
@require_safe
def pulse(request: HttpRequest) -> JsonResponse:
    """How many sessions wait, and when something last happened; what every page asks now and then."""
    now = session_queries.pulse(person(request))
    last = None if now.last_us is None else when(now.last_us).isoformat()
    return JsonResponse({"waiting": now.waiting, "last": last})


@cache_control(private=True, max_age=86_400)
@login_required
@require_safe
def icon(request: HttpRequest, waiting: int) -> HttpResponse:
    """The tab's picture while so many sessions wait; it has room for one digit."""
    return render(request, "icon.svg", {"waiting": min(waiting, 9)}, content_type="image/svg+xml")


@never_cache
@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Where one can go from anywhere: the pages, and the latest sessions."""
    found = session_queries.page(person(request), limit=PAGE)
    return render(request, "sessions/_palette.html", {"sessions": [glance(seen) for seen in found]})


@never_cache
@login_required
@require_POST
def choose(request: HttpRequest, session_id: str) -> HttpResponse:
    """A title or a star. An empty title is the derived one again."""
    seen = own(request, session_id)
    starred = {"1": True, "0": False}.get(request.POST.get("starred", ""))
    preference_changes.choose(person(request), seen.id, title=request.POST.get("title"), starred=starred)
    return redirect("session", seen.id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, session_id: str) -> HttpResponse:
    """Asks, and then deletes all of the session's events for real."""
    seen = own(request, session_id)
    if request.method != "POST":
        return render(request, "sessions/delete.html", {"seen": seen})
    count = session_deletion.delete(person(request), seen.id)
    messages.success(request, f"Deleted: {seen.title} ({count:,} event{'' if count == 1 else 's'}).")
    return redirect("sessions")
