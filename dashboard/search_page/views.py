"""`/search`: what was asked, done and summed up, found by words and filters."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.api_base.problem import Problem
from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import person
from dashboard.memory_page.memory_entry import Shown
from dashboard.render.safe_text import one_line
from memory.search import query_parser, search_hits
from memory.values import page_cursor
from memory.values.page_filter import EVERYTHING

PAGE, LONGEST = 20, 1_000
# The filters, each with an example and what it leaves; the page teaches them.
FILTERS = [
    ("project:shop", "a folder or a repository, or its last part"),
    ("type:fix", f"one of {', '.join(query_parser.TYPES)}"),
    ("file:total.py", "a file that was read or changed"),
    ("tool:Bash", "a tool of Claude Code"),
    ("failed:yes", "what failed; no leaves what did not"),
    ("after:2026-03-01", "on that day or later; a time will do"),
    ("before:2026-03-08", "before that day"),
]
A_TIME = "is no date (2026-03-01) and no time (2026-03-01T09:30:00Z), so it is looked for as words."
ADVICE = {
    "before": A_TIME,
    "after": A_TIME,
    "type": f"names no type. There are {', '.join(query_parser.TYPES)}.",
}
NO_VALUE = "has no value, so it filters nothing."


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?q=` are words and filters, `?type=` is one more, and so is the scope; `?after=` pages on."""
    user_id, asked = person(request), filter_query.read(request)
    sought = _sought(request)
    after, errors = _place(request.GET.get("after"))
    errors += _trouble(request.GET.get("q", ""), sought["q"])
    given = {name: value for name, value in sought.items() if value.strip()}
    # Who comes from another page brings a scope along, but has not looked for anything yet.
    is_asked = bool(given) or ("q" in request.GET and asked.scope != EVERYTHING)
    shown: dict[str, Any] = {
        "sought": sought,
        "types": query_parser.TYPES,
        "examples": FILTERS,
        "errors": errors,
        **(_found(user_id, given, asked, after) if is_asked else {}),
        "endless": True,
        **filter_query.offers(user_id, asked),
        **saved_filter_views.above(user_id, "search", request.GET),
    }
    return render(request, "dashboard/search.html", shown)


def _sought(request: HttpRequest) -> dict[str, str]:
    q, type_ = (request.GET.get(name, "").replace("\0", "") for name in ("q", "type"))
    return {"q": q[:LONGEST]} | ({"type": type_} if type_ in query_parser.TYPES else {})


def _trouble(said: str, q: str) -> list[str]:
    """What of it is not looked for as it was meant."""
    cut = [f"At most {LONGEST:,} characters are looked for; the rest is left out."] * (len(said) > LONGEST)
    return cut + [f"{one_line(typed, 60)} {_advice(name, typed)}" for name, typed in query_parser.misread(q)]


def _advice(name: str, typed: str) -> str:
    return NO_VALUE if typed.removeprefix(f"{name}:") in ("", '""') else ADVICE[name]


def _place(said: str | None) -> tuple[tuple[int, int] | None, list[str]]:
    """Where the page begins; for what is no place, the beginning and a word about it."""
    try:
        place: tuple[int, int] | None = page_cursor.decode(said, (int, int))
    except Problem:
        return None, ["The address names no page of this search: here is the first."]
    return place, []


def _found(
    user_id: UUID, given: dict[str, str], asked: filter_query.Asked, after: tuple[int, int] | None
) -> dict[str, Any]:
    filters = {name: value for name, value in given.items() if name == "type"}
    wanted = query_parser.read(given.get("q", ""), asked.scope, **filters)
    found = search_hits.search(user_id, wanted, limit=PAGE, after=after)
    return {
        "searched": True,
        "items": [Shown(hit.item, pieces=hit.pieces) for hit in found.hits],
        "first": asked.query(**given) if after else None,
        "next": asked.query(**given, after=page_cursor.encode(*found.after)) if found.after else None,
    }
