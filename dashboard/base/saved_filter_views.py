"""`/filters/…`: what a page leaves of everything, kept under a name; and the names above its list."""

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
from dashboard.base.current_user import person
from dashboard.render.safe_text import one_line
from memory.preferences import saved_filters

_SCOPE = ("project", "machine", "time", "zone")
# The pages that have them, each with what of its address one keeps.
KEPT = {
    "sessions": ("state", *_SCOPE, "as"),
    "search": ("q", "type", *_SCOPE),
    "insights": (*_SCOPE, "by"),
}
# What by itself leaves nothing out.
LOOKS = ("zone", "as", "by")


def above(user_id: UUID, page: str, query: QueryDict) -> dict[str, object]:
    """For the page: the names, each with where it leads, and what would be kept now."""
    here = _of(page, query)
    names = [
        (one, one_line(one.name, saved_filters.LONGEST_NAME), one.query == here)
        for one in saved_filters.kept(user_id, page)
    ]
    is_new = bool(_of(page, query, without=LOOKS)) and not any(is_here for *_, is_here in names)
    return {"filters": names, "keeping": {"page": page, "query": here, "is_new": is_new}}


@never_cache
@login_required
@require_POST
def keep(request: HttpRequest, page: str) -> HttpResponse:
    """`query` is what the page's address asks for."""
    if page not in KEPT:
        raise Http404
    asked = _posted(request)
    query = _of(page, asked)
    try:
        chosen = query if _of(page, asked, without=LOOKS) else ""
        name, project = request.POST.get("name", ""), _plain(asked).get("project", "")
        saved_filters.keep(person(request), page, name, query=chosen, project=project)
    except Problem as problem:
        messages.error(request, problem.detail)
    return _to(page, query)


@never_cache
@login_required
@require_POST
def drop(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Shows the page as it was, `query`, without that name above it."""
    page = saved_filters.drop(person(request), filter_id)
    if page not in KEPT:
        raise Http404
    return _to(page, _of(page, _posted(request)))


def _posted(request: HttpRequest) -> QueryDict:
    return QueryDict(request.POST.get("query", "")[: 4 * saved_filters.LONGEST])


def _to(page: str, query: str) -> HttpResponse:
    return redirect(reverse(page) + (f"?{query}" if query else ""))


def _of(page: str, query: QueryDict, *, without: tuple[str, ...] = ()) -> str:
    """Of a query what may be kept, always in the same words."""
    given = _plain(query)
    return urlencode({name: given[name] for name in KEPT[page] if name not in without and given.get(name)})


def _plain(query: QueryDict) -> Mapping[str, str]:
    return {name: query.get(name, "").replace("\0", "").strip() for name in query}
