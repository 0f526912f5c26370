"""`/search`: what was asked, done and summed up, found by words and filters."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.problem import Problem
from dashboard.item import Shown
from dashboard.person import person
from dashboard.text import one_line
from memory import paging, question, search

PAGE, LONGEST = 20, 1_000
# The filters, each with an example and what it leaves; the page teaches them.
FILTERS = [
    ("project:shop", "a folder or a repository, or its last part"),
    ("type:fix", f"one of {', '.join(question.TYPES)}"),
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
    "type": f"names no type. There are {', '.join(question.TYPES)}.",
}
NO_VALUE = "has no value, so it filters nothing."


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?q=` are words and filters, `?type=` is one more filter, `?after=` pages on."""
    said, type_ = (request.GET.get(name, "").replace("\0", "") for name in ("q", "type"))
    q = said[:LONGEST]
    asked = {name: value for name, value in (("q", q), ("type", type_)) if value in question.TYPES or name == "q"}
    after, errors = _place(request.GET.get("after"))
    errors += [f"At most {LONGEST:,} characters are looked for; the rest is left out."] * (len(said) > LONGEST)
    errors += [f"{one_line(typed, 60)} {_advice(name, typed)}" for name, typed in question.misread(q)]
    given = {name: value for name, value in asked.items() if value.strip()}
    shown: dict[str, Any] = {"asked": asked, "types": question.TYPES, "filters": FILTERS, "errors": errors}
    return render(request, "dashboard/search.html", shown | (_found(person(request), given, after) if given else {}))


def _advice(name: str, typed: str) -> str:
    return NO_VALUE if typed.removeprefix(f"{name}:") in ("", '""') else ADVICE[name]


def _place(said: str | None) -> tuple[tuple[int, int] | None, list[str]]:
    """Where the page begins; for what is no place, the beginning and a word about it."""
    try:
        place: tuple[int, int] | None = paging.decode(said, (int, int))
    except Problem:
        return None, ["The address names no page of this search: here is the first."]
    return place, []


def _found(user_id: UUID, given: dict[str, str], after: tuple[int, int] | None) -> dict[str, Any]:
    wanted = question.read(given.get("q", ""), **{name: value for name, value in given.items() if name == "type"})
    found = search.search(user_id, wanted, limit=PAGE, after=after)
    return {
        "searched": True,
        "items": [Shown(hit.item, pieces=hit.pieces) for hit in found.hits],
        "first": urlencode(given) if after else None,
        "next": urlencode(given | {"after": paging.encode(*found.after)}) if found.after else None,
    }
