"""`/settings/sync`: the sync link of the account, its state, and how to pause, resume or remove it."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.base.connect_command import DEFAULT_SERVER_URL
from dashboard.base.current_user import get_user_id
from dashboard.render.safe_text import one_line
from sync import sync_links
from sync.models import SyncLink

REJECTED_EVENTS_LIMIT = 20  # the page shows the newest ones


@never_cache
@login_required
@require_safe
def sync_view(request: HttpRequest) -> HttpResponse:
    user_id = get_user_id(request)
    link = sync_links.load_link(user_id)
    # The page of a cloud server shows the command for the user's own machine: that machine syncs to the cloud server.
    command = f"manage.py sync --to {DEFAULT_SERVER_URL if settings.LOCAL else settings.PUBLIC_URL}"
    context: dict[str, object] = {"link": link, "state": _get_state(link), "command": command, "local": settings.LOCAL}
    if link:
        rejected_events, rejected_count = sync_links.list_rejected_events(user_id, limit=REJECTED_EVENTS_LIMIT)
        context |= {
            "rejected_events": rejected_events,
            "rejected_count": rejected_count,
            "project": one_line(link.project, 200),
            "counts": _format_counts(link),
        }
    return render(request, "account_pages/sync.html", context)


def _format_counts(link: SyncLink) -> dict[str, str]:
    return {name: f"{getattr(link, name):,}" for name in ("sent", "received", "deleted_remotely", "deleted_locally")}


def _get_state(link: SyncLink | None) -> str:
    """Returns `halted`, `paused`, `trying` (the last run failed), `waiting` (never in sync) or `on`.

    Empty without a link.
    """
    if link is None:
        return ""
    states = (("halted", link.halted), ("paused", not link.enabled), ("trying", bool(link.last_error)))
    return next((name for name, holds in states if holds), "on" if link.last_synced_at else "waiting")


def _make_action_view(action: Callable[[UUID], bool], message: str) -> Callable[[HttpRequest], HttpResponse]:
    @never_cache
    @login_required
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        if not action(get_user_id(request)):
            raise Http404
        messages.success(request, message)
        return redirect("sync")

    return view


pause_sync = _make_action_view(sync_links.pause, "Sync paused. Resume it to send and receive events again.")
resume_sync = _make_action_view(sync_links.resume, "Sync resumed. The next run starts within a minute.")
forget_link = _make_action_view(sync_links.forget, "Sync link removed, with its token. Both servers keep their events.")
