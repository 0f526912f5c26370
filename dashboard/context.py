"""`/memory`: what Claude would get now, if a session began in one of the person's projects."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import markup
from dashboard.item import Shown
from dashboard.person import person
from dashboard.rows import hue, place_name
from dashboard.text import one_line
from memory import context, search
from memory.context import Place

PLACES = 24  # projects to choose from: those of the latest sessions
BUDGETS = (500, 1_000, context.BUDGET, 5_000, context.MOST)


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?project=` is a folder, else that of the latest session; `?budget=` is what it may cost, in tokens."""
    user_id = person(request)
    places = context.places(user_id, limit=PLACES)
    place, budget = _chosen(request, places), _budget(request.GET.get("budget", ""))
    shown: dict[str, object] = {"places": [_link(one, place, budget) for one in places]}
    if place is None:
        return render(request, "dashboard/memory.html", shown)
    made = context.context(user_id, place, budget=budget)
    costs = dict(made.items)
    shown |= {
        "place": _link(place, place, budget),
        "markdown": markup.text(made.markdown),
        "tokens": made.tokens,
        "budget": budget,
        "budgets": [(one, urlencode({"project": place.project, "budget": str(one)})) for one in BUDGETS],
        "items": [Shown(item, cost=costs[item.id]) for item in search.items(user_id, costs)],
    }
    return render(request, "dashboard/memory.html", shown)


def _chosen(request: HttpRequest, places: list[Place]) -> Place | None:
    named = request.GET.get("project", "").replace("\0", "")[:4_096]
    if not named:
        return next(iter(places), None)
    return next((one for one in places if one.project == named), Place(named, named))


def _budget(said: str) -> int:
    """One of those offered; the usual one for anything else."""
    return next((one for one in BUDGETS if said == str(one)), context.BUDGET)


def _link(place: Place, chosen: Place | None, budget: int) -> dict[str, object]:
    name = one_line(place_name(place.repo, place.project), 60)
    asked = {"project": place.project} | ({"budget": str(budget)} if budget != context.BUDGET else {})
    return {
        "name": name,
        "folder": one_line(place.project, 200),
        "hue": hue(name),
        "query": urlencode(asked),
        "is_chosen": place == chosen,
    }
