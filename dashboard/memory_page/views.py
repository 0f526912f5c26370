"""`/memory`: what Claude would get now, if a session began in one of the person's projects; and how to change that."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.api_base.problem import Problem
from dashboard.base.current_user import person
from dashboard.memory_page.memory_entry import Shown, Written
from dashboard.render import html_builder
from dashboard.render.row_text import hue, place_name
from dashboard.render.safe_text import one_line
from memory.context import context_builder
from memory.llm import llm_settings
from memory.preferences import preference_changes, preference_queries
from memory.search import search_hits
from memory.values.location import Place

PLACES = 24  # projects to choose from: those of the latest sessions
BUDGETS = (0, 500, 1_000, preference_queries.BUDGET, 5_000, preference_queries.MOST)
SHOWN = 100  # entries that were forgotten


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?project=` is a folder, else that of the latest session."""
    user_id = person(request)
    places = context_builder.places(user_id, limit=PLACES)
    place = _chosen(request.GET.get("project", ""), places)
    shown: dict[str, object] = {"places": [_link(one, place) for one in places]}
    if place is not None:
        shown |= _given(user_id, place)
    kept = llm_settings.helper(user_id)
    shown |= {
        "skipped": sorted(preference_queries.skipped(user_id)),
        "longest": preference_changes.LONGEST,
        "helper": kept and kept.on,
    }
    return render(request, "dashboard/memory.html", shown)


def _given(user_id: UUID, place: Place) -> dict[str, object]:
    """What a session that begins there is given, and what the person chose of it."""
    budget, made = preference_queries.budget(user_id, place), context_builder.context(user_id, place)
    marks, costs, noted = preference_queries.marks_of(user_id, place), dict(made.items), dict(made.notes)
    # What found no room is shown besides, where the person said something about it.
    meant = [seq for seq, mark in marks.items() if not mark.forgotten and seq not in costs]
    away = [seq for seq, mark in marks.items() if mark.forgotten]
    return {
        "place": _link(place, place),
        "markdown": html_builder.text(made.markdown),
        "tokens": made.tokens,
        "budget": budget,
        "budgets": sorted({*BUDGETS, budget}),
        "notes": [Written(note, noted.get(note.id)) for note in preference_queries.notes(user_id, place)],
        "items": [
            Shown(item, cost=costs.get(item.id, 0), mark=marks.get(item.id))
            for item in search_hits.items(user_id, [*costs, *meant])
        ],
        "forgotten": [Shown(item) for item in search_hits.derived(user_id, away[:SHOWN])],
    }


def _chosen(named: str, places: list[Place]) -> Place | None:
    named = named.replace("\0", "")[:4_096]
    if not named:
        return next(iter(places), None)
    return next((one for one in places if one.project == named), Place(named, named))


def _link(place: Place, chosen: Place | None) -> dict[str, object]:
    name = one_line(place_name(place.repo, place.project), 60)
    return {
        "name": name,
        "folder": one_line(place.project, 200),
        "hue": hue(name),
        "query": urlencode({"project": place.project}),
        "is_chosen": place == chosen,
    }


@never_cache
@login_required
@require_POST
def mark(request: HttpRequest, seq: str) -> HttpResponse:
    """`pinned`, `forgotten` (0 or 1) and `words` are what the person makes of an entry."""
    given = {name: {"1": True, "0": False}.get(request.POST.get(name, "")) for name in ("pinned", "forgotten")}
    number = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 19 else 0
    return _back(
        request, lambda: preference_changes.mark(person(request), number, words=request.POST.get("words"), **given)
    )


@never_cache
@login_required
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """A note for the project."""
    return _at_place(
        request, lambda place: preference_changes.write(person(request), place, request.POST.get("text", ""))
    )


@never_cache
@login_required
@require_POST
def rewrite(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """Other words for a note; none take it away."""
    return _back(request, lambda: preference_changes.rewrite(person(request), note_id, request.POST.get("text", "")))


@never_cache
@login_required
@require_POST
def allow(request: HttpRequest) -> HttpResponse:
    """What a session that begins in the project may be given, in tokens."""
    said = request.POST.get("tokens", "")
    tokens = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else -1
    return _at_place(request, lambda place: preference_changes.allow(person(request), place, tokens))


@never_cache
@login_required
@require_POST
def skip(request: HttpRequest) -> HttpResponse:
    """The tools that memory leaves out, one a line."""

    def act(place: Place) -> None:
        if preference_changes.skip(person(request), request.POST.get("tools", "")[:20_000].splitlines()):
            messages.success(request, "Saved. Memory is made anew without these tools; a long log takes some minutes.")

    return _at_place(request, act)


def _at_place(request: HttpRequest, act: Callable[[Place], None]) -> HttpResponse:
    """Acts for a project of the person's own: there is none to choose for whom no session began there."""
    places = context_builder.places(person(request), limit=context_builder.LATEST)
    named = request.GET.get("project", "")
    place = next((one for one in places if one.project == named), None)
    if place is None:
        raise Http404

    def acted() -> Place:
        act(place)
        return place

    return _back(request, acted)


def _back(request: HttpRequest, act: Callable[[], Place | None]) -> HttpResponse:
    """Acts, and shows the project again. What cannot be is told there."""
    here = request.GET.get("project", "").replace("\0", "")[:4_096]
    try:
        if act() is None:
            raise Http404
    except Problem as problem:
        messages.error(request, problem.detail)
    return redirect(reverse("memory") + (f"?{urlencode({'project': here})}" if here else ""))
