"""`/files`: the files that sessions changed, and why and at what cost one of them did."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.base import filter_query
from dashboard.base.current_user import get_user_id
from dashboard.base.filter_query import FilterQuery
from dashboard.files_page.file_views import MAX_PATH_CHARS, ChangeView, FileView, ProjectCostView
from dashboard.render.safe_text import one_line
from dashboard.render.short_labels import format_dollars
from memory.file_history import change_history, file_lists
from memory.file_history.change_history import HistoryQuery, TracedChange
from memory.file_history.file_lists import Position
from memory.file_history.project_costs import load_project_cost
from memory.values import page_cursor

FILES_LIMIT, CHANGES_LIMIT = 50, 30  # on one page


@never_cache
@login_required
@require_safe
def files_view(request: HttpRequest) -> HttpResponse:
    """Shows changed files, or with `?path=` the history of one. `?q=` is a part of the path, `?after=` a position."""
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    after = filter_query.parse_position(request.GET.get("after"), (int, int, int))
    path, words = (request.GET.get(name, "").replace("\0", "")[:500] for name in ("path", "q"))
    context: dict[str, Any] = {"endless": True, **filter_query.load_form_context(user_id, filters, of_sessions=False)}
    if path:
        return render(request, "files/history.html", context | _load_history(user_id, path, filters, after))
    return render(request, "files/page.html", context | _load_files(user_id, words, filters, after))


def _load_files(user_id: UUID, words: str, filters: FilterQuery, after: Position | None) -> dict[str, Any]:
    found = file_lists.list_files(user_id, filters.page_filter, limit=FILES_LIMIT, before=after, words=words)
    has_cost = bool(filters.page_filter.project) and not after
    return {
        "project_cost": _load_project_cost(user_id, filters) if has_cost else None,
        "files": [FileView(file) for file in found.files],
        "words": words,
        "first": filters.to_query_string(q=words) if after else None,
        "next": filters.to_query_string(q=words, after=page_cursor.encode(*found.next_position))
        if found.next_position
        else None,
    }


def _load_project_cost(user_id: UUID, filters: FilterQuery) -> ProjectCostView:
    return ProjectCostView(load_project_cost(user_id, filters.page_filter))


def _load_history(user_id: UUID, path: str, filters: FilterQuery, after: Position | None) -> dict[str, Any]:
    query = HistoryQuery(path, filters.page_filter, CHANGES_LIMIT, after)
    history = change_history.load_history(user_id, query)
    return {
        "path": one_line(path, MAX_PATH_CHARS),
        "changes": [ChangeView(change) for change in history.changes],
        "earlier_paths": [one_line(one, MAX_PATH_CHARS) for one in history.earlier_paths],
        "costs": _sum_costs(history.changes),
        "first": filters.to_query_string(path=path) if after else None,
        "next": filters.to_query_string(path=path, after=page_cursor.encode(*history.next_position))
        if history.next_position
        else None,
    }


def _sum_costs(changes: Sequence[TracedChange]) -> dict[str, str]:
    """Sums the shares of these changes; `most` is what their turns cost as a whole."""
    turns = {change.row.prompt_seq: change.turn_microdollars or 0 for change in changes}
    shares = sum(change.share_microdollars or 0 for change in changes)
    return {"share": format_dollars(shares), "most": format_dollars(sum(turns.values()))}
