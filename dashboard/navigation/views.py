"""The command palette, the pulse and the favicon, which every page requests."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from dashboard.base.current_user import get_user_id
from dashboard.session.session_summary import SessionView, build_session_view, to_display_time
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values import session_states
from memory.values.page_filter import PageFilter

PALETTE_SESSIONS_LIMIT = 50


@never_cache
@login_required
@require_safe
def palette_view(request: HttpRequest) -> HttpResponse:
    """Renders the command palette: links to the pages and to the latest sessions."""
    query = SessionQuery(PALETTE_SESSIONS_LIMIT, page_filter=PageFilter(automated=False), with_unused=False)
    found = session_queries.list_sessions(get_user_id(request), query)
    return render(request, "sessions/_palette.html", {"sessions": [build_session_view(session) for session in found]})


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
