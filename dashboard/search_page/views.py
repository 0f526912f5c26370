"""`/search`: finds prompts, observations and summaries by words and filters."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api_base.problem import Problem
from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import get_user_id
from dashboard.commits_page.commit_views import CommitView
from dashboard.files_page.file_views import FileView
from dashboard.render.safe_text import one_line
from dashboard.search_page.hit_view import HitView
from memory.file_history import commit_history, file_lists
from memory.search import query_parser, search_hits
from memory.values import page_cursor
from memory.values.page_filter import NO_FILTER

PAGE_SIZE, MAX_QUERY_CHARS = 20, 1_000
FILES_LIMIT = 5  # files above the hits
# An example of each filter, with an explanation; the page shows them.
FILTER_EXAMPLES = [
    ("project:shop", "a folder or a repository, or its last part"),
    ("type:fix", f"one of {', '.join(query_parser.ENTRY_TYPES)}"),
    ("file:total.py", "a file that was read or changed"),
    ("tool:Bash", "a tool of Claude Code"),
    ("failed:yes", "failures; `no` finds the others"),
    ("after:2026-03-01", "on that day or later; also accepts a time"),
    ("before:2026-03-08", "before that day"),
]
NOT_A_TIME_ADVICE = "is not a date (2026-03-01) or time (2026-03-01T09:30:00Z). Searched as words instead."
FILTER_ADVICE = {
    "before": NOT_A_TIME_ADVICE,
    "after": NOT_A_TIME_ADVICE,
    "type": f"is not a type. Use one of {', '.join(query_parser.ENTRY_TYPES)}.",
}
NO_VALUE_ADVICE = "has no value and was ignored."


@never_cache
@login_required
@require_safe
def search_view(request: HttpRequest) -> HttpResponse:
    """Shows search hits. `?q=` holds words and filters; `?type=` and the page filter restrict further.

    `?sort=` is `newest` or `oldest`, else the best come first. `?after=` leads to the next page.
    """
    user_id, filters = get_user_id(request), filter_query.parse_request(request)
    parameters = _parse_parameters(request)
    after, errors = _parse_position(request.GET.get("after"))
    errors += _find_problems(request.GET.get("q", ""), parameters["q"])
    values = {name: value for name, value in parameters.items() if value.strip()}
    sort = request.GET.get("sort", "")
    order = sort if sort in query_parser.ORDERS else query_parser.BEST_FIRST
    # A link from another page may contain a page filter. Without `q`, the user has not searched yet.
    is_asked = bool(values) or ("q" in request.GET and filters.page_filter != NO_FILTER)
    context: dict[str, Any] = {
        "parameters": parameters,
        "types": query_parser.ENTRY_TYPES,
        "examples": FILTER_EXAMPLES,
        "errors": errors,
        "order": order,
        **(_run_search(user_id, values, order, filters, after) if is_asked else {}),
        "endless": True,
        **filter_query.load_form_context(user_id, filters),
        **saved_filter_views.load_filter_bar(user_id, "search", request.GET),
    }
    return render(request, "search/page.html", context)


def _parse_parameters(request: HttpRequest) -> dict[str, str]:
    q, type_ = (request.GET.get(name, "").replace("\0", "") for name in ("q", "type"))
    return {"q": q[:MAX_QUERY_CHARS]} | ({"type": type_} if type_ in query_parser.ENTRY_TYPES else {})


def _find_problems(text: str, q: str) -> list[str]:
    """Lists the parts of a query that the search does not treat as intended."""
    too_long = [f"Your search is too long: only the first {MAX_QUERY_CHARS:,} characters were used."] * (
        len(text) > MAX_QUERY_CHARS
    )
    return too_long + [
        f"{one_line(typed, 60)} {_explain_filter(name, typed)}" for name, typed in query_parser.find_invalid_filters(q)
    ]


def _explain_filter(name: str, typed: str) -> str:
    return NO_VALUE_ADVICE if typed.removeprefix(f"{name}:") in ("", '""') else FILTER_ADVICE[name]


def _parse_position(encoded: str | None) -> tuple[tuple[int, int] | None, list[str]]:
    """Decodes the position of a page; for an invalid one, returns the first page and an error message."""
    try:
        position: tuple[int, int] | None = page_cursor.decode(encoded, (int, int))
    except Problem:
        return None, ["Invalid page address. Showing the first page."]
    return position, []


def _run_search(
    user_id: UUID,
    values: dict[str, str],
    order: str,
    page_query: filter_query.FilterQuery,
    after: tuple[int, int] | None,
) -> dict[str, Any]:
    type_filter = {name: value for name, value in values.items() if name == "type"}
    search_query = query_parser.parse_query(values.get("q", ""), page_query.session_filter, order=order, **type_filter)
    found = search_hits.search_entries(user_id, search_query, limit=PAGE_SIZE, after=after)
    sort = _sort_value(order)
    return {
        "searched": True,
        "files": _find_files(user_id, values.get("q", ""), page_query) if after is None else [],
        "commit": _find_commit(user_id, values.get("q", "")) if after is None else None,
        "hits": [HitView(hit) for hit in found.hits],
        "found": found,
        "sorts": _list_sorts(values, page_query),
        "first": page_query.to_query_string(**values, sort=sort) if after else None,
        "next": page_query.to_query_string(**values, sort=sort, after=page_cursor.encode(*found.next_position))
        if found.next_position
        else None,
    }


def _find_commit(user_id: UUID, q: str) -> CommitView | None:
    """Finds the commit of which the query is the hash, or the beginning of it."""
    name = q.strip().lower()
    found = commit_history.find_projected_commit(user_id, name) if commit_history.is_hash(name) else None
    return CommitView(found) if found else None


def _list_sorts(values: dict[str, str], page_query: filter_query.FilterQuery) -> list[tuple[str, str]]:
    """Lists the orders, each with its query string; the first one has no parameter."""
    return [(order, page_query.to_query_string(**values, sort=_sort_value(order))) for order in query_parser.ORDERS]


def _sort_value(order: str) -> str:
    return "" if order == query_parser.BEST_FIRST else order


def _find_files(user_id: UUID, q: str, page_query: filter_query.FilterQuery) -> list[FileView]:
    """Finds the changed files whose path contains the query, if it looks like a path."""
    words = q.strip()
    if not file_lists.looks_like_path(words):
        return []
    found = file_lists.list_projected_files(user_id, page_query.page_filter, limit=FILES_LIMIT, words=words)
    return [FileView(file) for file in found.files]
