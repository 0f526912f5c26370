"""`/sessions`: the list of sessions, and actions on a session."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import get_user_id
from dashboard.base.filter_query import FilterQuery
from dashboard.session.session_summary import STATE_LABELS, SessionView, build_session_view
from dashboard.session.views import get_session_or_404
from dashboard.session_list.sort_links import DEFAULT_ORDER, ORDERS, build_sort_links
from events.store import log
from events.wire import cursor
from memory.deletion import session_deletion
from memory.models import Session
from memory.preferences import preference_changes
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values import page_cursor, session_states
from memory.values.page_filter import NO_FILTER

PAGE_SIZE = 50
MAX_TEXT_CHARS, MAX_WORDS = 200, 8  # of the text filter
MAX_SKIPPED = 10_000  # sessions before a page of a list that is sorted by a column


@never_cache
@login_required
@require_safe
@vary_on_headers("X-Requested-With")
def session_list_view(request: HttpRequest) -> HttpResponse:
    """Lists sessions. `?state=`, `?project=`, `?machine=` and `?time=` filter, `?q=` by words of the title.

    `?sort=cost` sorts by a column, `?sort=-cost` the highest first. `?automated=all` adds the sessions that a program
    runs, `?before=` or `?skip=` leads to the next page, `?as=cards` shows cards. A script gets only the list.
    """
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    query = _parse_query(request, filters)
    found = session_queries.list_sessions(user_id, query)
    parameters = {
        "state": query.state or "",
        "as": "cards" if request.GET.get("as") == "cards" else "",
        "q": query.text,
        "sort": query.order,
    }
    context = _build_list_context(query, filters, [build_session_view(one) for one in found[:PAGE_SIZE]], parameters)
    context |= {
        "cursor": cursor.encode(log.load_head(user_id)),
        **filter_query.load_form_context(user_id, filters),
        **saved_filter_views.load_filter_bar(user_id, "sessions", request.GET),
    }
    if context["offers_automated"] and not filters.with_automated:
        folded = session_queries.count_projected_sessions(user_id, replace(filters.page_filter, automated=True))
        query_string = filters.to_query_string(**parameters, automated=filter_query.ALL_SESSIONS)
        context |= {"folded_count": folded, "with_automated": query_string}
    if len(found) > PAGE_SIZE:
        context["next"] = filters.to_query_string(**parameters, **_next_page(query, found[PAGE_SIZE - 1].row))
    is_fragment = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "sessions/list/_list.html" if is_fragment else "sessions/list/listing.html", context)


def _build_list_context(
    query: SessionQuery, filters: FilterQuery, sessions: list[SessionView], parameters: dict[str, str]
) -> dict[str, Any]:
    """Builds the rows of the list, and the links that sort and show them in another way."""
    order = query.order or DEFAULT_ORDER
    is_narrowed = bool(query.state or query.before or query.skip or query.text or filters.page_filter != NO_FILTER)
    return {
        "sessions": sessions,
        "parameters": parameters,
        "states": STATE_LABELS,
        "columns": build_sort_links(order, lambda sort: filters.to_query_string(**parameters | {"sort": sort})),
        "days": group_by_day(sessions, filters.zone) if order == DEFAULT_ORDER else [("", sessions)],
        "filtered": is_narrowed or filters.with_automated,
        "endless": True,
        "as_cards": filters.to_query_string(**parameters | {"as": "cards"}),
        "as_table": filters.to_query_string(**parameters | {"as": ""}),
    }


def _parse_query(request: HttpRequest, filters: FilterQuery) -> SessionQuery:
    state, order, skip = (request.GET.get(name, "") for name in ("state", "sort", "skip"))
    state = state if state in session_states.ALL else ""
    return SessionQuery(
        PAGE_SIZE + 1,
        before=filter_query.parse_position(request.GET.get("before"), (int, str)),
        state=state or None,
        page_filter=filters.session_filter,
        with_unused=state in (session_states.IDLE, session_states.ENDED),
        text=" ".join(request.GET.get("q", "").replace("\0", "")[:MAX_TEXT_CHARS].split()[:MAX_WORDS]),
        order=order if order in ORDERS and order != DEFAULT_ORDER else "",
        skip=min(int(skip), MAX_SKIPPED) if skip.isascii() and skip.isdigit() and len(skip) < 9 else 0,
    )


def _next_page(query: SessionQuery, last: Session) -> dict[str, str]:
    """The parameters of the next page: by its place in the order by time, else by the number of rows before it."""
    if query.order:
        return {"skip": str(query.skip + PAGE_SIZE)}
    return {"before": page_cursor.encode(last.last_us, last.session_id)}


def group_by_day(sessions: Sequence[SessionView], zone: ZoneInfo) -> list[tuple[str, list[SessionView]]]:
    """Groups sessions, the latest first, under the day or the month of their last event."""
    today = timezone.now().astimezone(zone).date()
    return [(label, list(group)) for label, group in groupby(sessions, lambda one: _day_label(one, zone, today))]


def _day_label(session: SessionView, zone: ZoneInfo, today: date) -> str:
    day = session.last_event_at.astimezone(zone).date()
    recent = {0: "Today", 1: "Yesterday"}.get((today - day).days)
    return recent or (f"{day:%A}" if 0 < (today - day).days < 7 else f"{day:%B %Y}")


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
        return render(request, "sessions/list/delete.html", {"session": session})
    count = session_deletion.delete_session(get_user_id(request), session.id)
    messages.success(request, f"Deleted: {session.title} ({count:,} event{'' if count == 1 else 's'}).")
    return redirect("sessions")
