"""`/filters/…`: saves and deletes the saved filters of a page, and loads the bar that lists them."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.api_base.problem import Problem
from dashboard.base.current_user import get_user_id
from dashboard.render.safe_text import one_line
from memory.preferences import saved_filters

_PAGE_FILTER_PARAMETERS = ("project", "machine", "time", "zone", "automated")
# The pages with saved filters, and the parameters of their address that a saved filter holds.
SAVED_PARAMETERS = {
    "home": ("kind", *_PAGE_FILTER_PARAMETERS),
    "sessions": ("q", "state", *_PAGE_FILTER_PARAMETERS, "as"),
    "search": ("q", "type", *_PAGE_FILTER_PARAMETERS),
    "insights": (*_PAGE_FILTER_PARAMETERS, "by"),
}
# A query with only these parameters excludes no rows.
DISPLAY_PARAMETERS = ("zone", "as", "by")


def load_filter_bar(user_id: UUID, page: str, query: QueryDict) -> dict[str, object]:
    """Loads a page's saved filters, each with its display name and whether it is current, and the filter to save."""
    current_query = _normalize_query(page, query)
    names = [
        (one, one_line(one.name, saved_filters.MAX_NAME_CHARS), one.query == current_query)
        for one in saved_filters.list_saved_filters(user_id, page)
    ]
    is_new = bool(_normalize_query(page, query, excluded=DISPLAY_PARAMETERS)) and not any(
        is_here for *_, is_here in names
    )
    return {"saved_filters": names, "current_filter": {"page": page, "query": current_query, "is_new": is_new}}


@never_cache
@login_required
@require_POST
def save_filter(request: HttpRequest, page: str) -> HttpResponse:
    """Saves a filter. POST `name` and `query`, the query string of the page's address."""
    if page not in SAVED_PARAMETERS:
        raise Http404
    posted = _parse_posted_query(request)
    query = _normalize_query(page, posted)
    try:
        saved_query = query if _normalize_query(page, posted, excluded=DISPLAY_PARAMETERS) else ""
        name, project = request.POST.get("name", ""), _clean_values(posted).get("project", "")
        saved_filters.save_filter(get_user_id(request), page, name, query=saved_query, project=project)
    except Problem as problem:
        messages.error(request, problem.detail)
    return _redirect_to(page, query)


@never_cache
@login_required
@require_POST
def delete_filter(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Deletes a saved filter and redirects to the page with its current `query`."""
    page = saved_filters.delete_filter(get_user_id(request), filter_id)
    if page not in SAVED_PARAMETERS:
        raise Http404
    return _redirect_to(page, _normalize_query(page, _parse_posted_query(request)))


def _parse_posted_query(request: HttpRequest) -> QueryDict:
    return QueryDict(request.POST.get("query", "")[: 4 * saved_filters.MAX_QUERY_CHARS])


def _redirect_to(page: str, query: str) -> HttpResponse:
    return redirect(reverse(page) + (f"?{query}" if query else ""))


def _normalize_query(page: str, query: QueryDict, *, excluded: tuple[str, ...] = ()) -> str:
    """Formats the saved parameters of a query in a fixed order, so that equal filters have equal texts."""
    values = _clean_values(query)
    return urlencode(
        {name: values[name] for name in SAVED_PARAMETERS[page] if name not in excluded and values.get(name)}
    )


def _clean_values(query: QueryDict) -> Mapping[str, str]:
    return {name: query.get(name, "").replace("\0", "").strip() for name in query}
