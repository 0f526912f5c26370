"""`/sessions`: all of them, the latest first; and what one may do with one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.problem import Problem
from dashboard.glance import WORDS, glance
from dashboard.person import person
from dashboard.sessions import own
from dashboard.wall import wall
from memory import choices, deleting, paging, sessions, states

PAGE = 50


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """`?state=`, `?project=` choose, `?before=` pages on, `?as=cards` shows cards."""
    chosen = {name: request.GET.get(name, "")[:4_096] for name in ("project", "state", "as")}
    chosen["state"] = chosen["state"] if chosen["state"] in states.ALL else ""
    project = chosen["project"].replace("\0", "") or None
    before = _place(request.GET.get("before"))
    found = sessions.page(
        person(request), limit=PAGE + 1, before=before, project=project, state=chosen["state"] or None
    )
    page: dict[str, Any] = {
        "sessions": [glance(seen) for seen in found[:PAGE]],
        "chosen": chosen,
        "states": WORDS,
        "filtered": bool(project or chosen["state"] or before),
    }
    if len(found) > PAGE:
        last = found[PAGE - 1].row
        page["next"] = urlencode(_given(chosen) | {"before": paging.encode(last.last_us, last.session_id)})
    page["as_cards"] = urlencode(_given(chosen) | {"as": "cards"})
    page["as_table"] = urlencode({name: value for name, value in _given(chosen).items() if name != "as"})
    return render(request, "sessions/listing.html", page)


def _given(chosen: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if value}


def _place(said: str | None) -> tuple[int, str] | None:
    """A place in the list; the beginning for what is none, as in the feed."""
    try:
        place: tuple[int, str] | None = paging.decode(said, (int, str))
    except Problem:
        return None
    return place


@never_cache
@login_required
@require_safe
def tiles(request: HttpRequest) -> HttpResponse:
    """The wall as it is now, for the feed's script."""
    return render(request, "sessions/_wall.html", {"tiles": wall(person(request))})


@never_cache
@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Where one can go from anywhere: the pages, and the latest sessions."""
    found = sessions.page(person(request), limit=PAGE)
    return render(request, "sessions/_palette.html", {"sessions": [glance(seen) for seen in found]})


@never_cache
@login_required
@require_POST
def choose(request: HttpRequest, session_id: str) -> HttpResponse:
    """A title or a star. An empty title is the derived one again."""
    seen = own(request, session_id)
    starred = {"1": True, "0": False}.get(request.POST.get("starred", ""))
    choices.choose(person(request), seen.id, title=request.POST.get("title"), starred=starred)
    return redirect("session", seen.id)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, session_id: str) -> HttpResponse:
    """Asks, and then deletes all of the session's events for real."""
    seen = own(request, session_id)
    if request.method != "POST":
        return render(request, "sessions/delete.html", {"seen": seen})
    count = deleting.delete(person(request), seen.id)
    messages.success(request, f"Deleted: {seen.title} ({count:,} event{'' if count == 1 else 's'}).")
    return redirect("sessions")
