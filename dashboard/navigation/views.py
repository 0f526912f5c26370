"""The command palette, the pulse and the favicon, which every page requests."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from dashboard.base.current_user import get_user_id
from dashboard.navigation import palette
from dashboard.session.session_summary import SessionView, build_session_view, to_display_time
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values import session_states
from memory.values.page_filter import PageFilter


@never_cache
@login_required
@require_safe
def palette_view(request: HttpRequest) -> HttpResponse:
    """Renders the lines of the command palette that have all words of `?q=`."""
    text = request.GET.get("q", "")[:200]
    entries = palette.list_entries(get_user_id(request), text)
    return render(request, "_partials/_palette_entries.html", {"entries": entries, "text": text.strip()})


@never_cache
@login_required
@require_safe
def neighbor_view(request: HttpRequest) -> HttpResponse:
    """Redirects to the session before `?session=`, or with `?newer=1` to the one after it; 204 if there is none."""
    user_id = get_user_id(request)
    session = session_queries.find_session(user_id, request.GET.get("session", "")[:128].replace("\0", ""))
    position = (session.row.last_us, session.row.session_id) if session else None
    is_newer = "newer" in request.GET
    query = SessionQuery(
        1,
        before=None if is_newer else position,
        after=position if is_newer else None,
        page_filter=PageFilter(automated=False),
        with_unused=False,
    )
    found = session_queries.list_projected_sessions(user_id, query) if position else []
    return redirect("session", found[0].row.session_id) if found else HttpResponse(status=204)


@never_cache
@login_required
@require_safe
def pulse_view(request: HttpRequest) -> JsonResponse:
    """Returns which sessions wait, how many there are, and the time of the last event. Every page polls it."""
    now = session_queries.load_pulse(get_user_id(request))
    last = None if now.last_us is None else to_display_time(now.last_us).isoformat()
    sessions = [_describe_waiting(build_session_view(session)) for session in now.sessions]
    return JsonResponse({"waiting": now.waiting_sessions, "sessions": sessions, "last": last})


def _describe_waiting(session: SessionView) -> dict[str, object]:
    return {
        "id": session.id,
        "address": reverse("session", args=[session.id]),
        "title": session.title,
        "project": session.project,
        "need": session.need,
        "ask": session.ask,
        "blocked": session.urgency in (session_states.PERMISSION, session_states.QUESTION),
        "since": session.state_since.isoformat(),
    }


@cache_control(private=True, max_age=86_400)
@login_required
@require_safe
def icon_view(request: HttpRequest, waiting: int) -> HttpResponse:
    """Renders the favicon with the number of waiting sessions; the icon shows one digit."""
    return render(request, "icon.svg", {"waiting": min(waiting, 9)}, content_type="image/svg+xml")
