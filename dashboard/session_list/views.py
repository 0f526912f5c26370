"""`/sessions`: the list of sessions, latest first, and actions on a session."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import get_user_id
from dashboard.session.session_summary import STATE_LABELS, build_session_view
from dashboard.session.views import get_session_or_404
from memory.deletion import session_deletion
from memory.preferences import preference_changes
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values import page_cursor, session_states
from memory.values.page_filter import NO_FILTER

PAGE_SIZE = 50


@never_cache
@login_required
@require_safe
def session_list_view(request: HttpRequest) -> HttpResponse:
    """Lists sessions. `?state=`, `?project=`, `?machine=` and `?time=` filter.

    `?automated=all` adds the sessions that a program runs, `?before=` leads to the next page, `?as=cards` shows cards
    instead of a table.
    """
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    state, layout = request.GET.get("state", ""), "cards" if request.GET.get("as") == "cards" else ""
    state = state if state in session_states.ALL else ""
    before = filter_query.parse_position(request.GET.get("before"), (int, str))
    with_unused = state in (session_states.IDLE, session_states.ENDED)
    query = SessionQuery(PAGE_SIZE + 1, before, None, state or None, filters.session_filter, with_unused)
    found = session_queries.list_sessions(user_id, query)
    parameters = {"state": state, "as": layout}
    context: dict[str, Any] = {
        "sessions": [build_session_view(session) for session in found[:PAGE_SIZE]],
        "parameters": parameters,
        "states": STATE_LABELS,
        "filtered": bool(state or before or filters.page_filter != NO_FILTER or filters.with_automated),
        "endless": True,
        **filter_query.load_form_context(user_id, filters),
        **saved_filter_views.load_filter_bar(user_id, "sessions", request.GET),
        "as_cards": filters.to_query_string(state=state, **{"as": "cards"}),
        "as_table": filters.to_query_string(state=state),
    }
    if len(found) > PAGE_SIZE:
        last = found[PAGE_SIZE - 1].row
        context["next"] = filters.to_query_string(
            **parameters, before=page_cursor.encode(last.last_us, last.session_id)
        )
    return render(request, "sessions/listing.html", context)


@never_cache
@login_required
@require_POST
def set_preference(request: HttpRequest, session_id: str) -> HttpResponse:
    """Sets the title or the star of a session. An empty title restores the derived title."""
    session = get_session_or_404(request, session_id)
    starred = {"1": True, "0": False}.get(request.POST.get("starred", ""))
    preference_changes.set_session_preference(
        get_user_id(request), session.id, title=request.POST.get("title"), starred=starred
    )
    return redirect("session", session.id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_session(request: HttpRequest, session_id: str) -> HttpResponse:
    """Asks for confirmation (GET), then deletes all events of the session for good (POST)."""
    session = get_session_or_404(request, session_id)
    if request.method != "POST":
        return render(request, "sessions/delete.html", {"session": session})
    count = session_deletion.delete_session(get_user_id(request), session.id)
    messages.success(request, f"Deleted: {session.title} ({count:,} event{'' if count == 1 else 's'}).")
    return redirect("sessions")
