"""`/settings/sync`: with which other Memfog this account is kept the same, how that goes, and how it ends."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.base.connect_command import HOME
from dashboard.base.current_user import person
from dashboard.render.safe_text import one_line
from sync import sync_links
from sync.models import Link

REFUSALS = 20  # shown; the newest


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    user_id = person(request)
    link = sync_links.of(user_id)
    # Whoever looks at a server in the cloud wants a machine of theirs to sync with it, not the other way round.
    command = f"manage.py sync --to {HOME if settings.LOCAL else settings.PUBLIC_URL}"
    shown: dict[str, object] = {"link": link, "state": _state(link), "command": command, "local": settings.LOCAL}
    if link:
        found, count = sync_links.refusals(user_id, limit=REFUSALS)
        shown |= {"refusals": found, "refused": count, "project": one_line(link.project, 200), "counts": _counts(link)}
    return render(request, "dashboard/sync.html", shown)


def _counts(link: Link) -> dict[str, str]:
    return {name: f"{getattr(link, name):,}" for name in ("sent", "received", "deleted_there", "deleted_here")}


def _state(link: Link | None) -> str:
    """`halted`, `paused`, `trying` (the last run met trouble), `waiting` (never yet in sync) or `on`."""
    if link is None:
        return ""
    chain = (("halted", link.halted), ("paused", not link.on), ("trying", bool(link.trouble)))
    return next((name for name, holds in chain if holds), "on" if link.done_at else "waiting")


def _act(verb: Callable[[UUID], bool], said: str) -> Callable[[HttpRequest], HttpResponse]:
    @never_cache
    @login_required
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        if not verb(person(request)):
            raise Http404
        messages.success(request, said)
        return redirect("sync")

    return view


pause = _act(sync_links.pause, "Paused. Nothing goes out or comes in until you resume it.")
resume = _act(sync_links.resume, "It syncs by itself again, within a minute.")
forget = _act(
    sync_links.forget, "Stopped. The other server and its token are forgotten; what each side holds stays there."
)
