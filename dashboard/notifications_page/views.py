"""`/settings/notifications`: the rules, the channels and the log of deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.api_base.problem import Problem
from accounts.crypto.encryption import DecryptionError
from dashboard.base.connect_command import MaskedSecret
from dashboard.base.current_user import get_user_id
from dashboard.notifications_page.channel_forms import MailForm, RulesForm, WebhookForm
from dashboard.render.safe_text import one_line
from events.wire.timestamps import to_datetime
from memory.models import NotificationChannel
from memory.notifications import notice_outbox, notice_settings, web_push
from memory.notifications.channel_messages import SECRET_PREFIX
from memory.notifications.notice_kinds import KIND_LABELS, TEST
from memory.notifications.notice_outbox import LoggedDelivery

LOG_LIMIT = 30


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as its user sees it. Addresses are not shown again: they may be secrets."""

    id: UUID
    name: str
    kinds: list[tuple[str, str, bool]]
    with_text: bool
    enabled: bool
    last_error: str
    last_sent_at: datetime | None
    secret: MaskedSecret | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: UUID
    what: str
    channel: str
    at: datetime
    outcome: str
    detail: str
    may_repeat: bool


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notifications_view(request: HttpRequest) -> HttpResponse:
    """Shows all of it (GET), or saves the rules (POST)."""
    if request.method != "POST":
        return render_page(request)
    form = RulesForm(request.POST)
    if form.is_valid():
        try:
            notice_settings.save_rules(get_user_id(request), form.build_rules())
        except Problem as problem:
            form.add_error(None, problem.detail)
        else:
            messages.success(request, "Rules saved.")
            return redirect("notifications")
    return render_page(request, rules_form=form, status=400)


def render_page(
    request: HttpRequest,
    *,
    rules_form: RulesForm | None = None,
    webhook_form: WebhookForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    user_id = get_user_id(request)
    context: dict[str, Any] = {
        "form": rules_form or RulesForm.of(notice_settings.load_rules(user_id)),
        "channels": [_build_channel_view(channel) for channel in notice_settings.list_channels(user_id)],
        "deliveries": [_build_delivery_view(one) for one in notice_outbox.list_deliveries(user_id, limit=LOG_LIMIT)],
        "webhook_form": webhook_form or WebhookForm(),
        "mail_form": MailForm(),
        "push_key": web_push.load_public_key() if web_push.is_offered() else "",
        "may_be_private": settings.LOCAL,
        "error": error,
    }
    return render(request, "notifications/page.html", context, status=status)


def _build_channel_view(channel: NotificationChannel) -> ChannelView:
    chosen = channel.notice_kinds.split()
    return ChannelView(
        channel.id,
        one_line(channel.name, 120),
        [(kind, label, kind in chosen) for kind, label in KIND_LABELS.items()],
        channel.with_text,
        channel.enabled,
        channel.last_error,
        to_datetime(channel.last_sent_us) if channel.last_sent_us else None,
        _load_secret(channel) if channel.format == "standard" else None,
    )


def _load_secret(channel: NotificationChannel) -> MaskedSecret | None:
    """Loads the secret with which the receiver verifies signatures."""
    try:
        secret = notice_settings.load_target(channel)["secret"]
    except DecryptionError:
        return None
    return MaskedSecret(secret, f"{SECRET_PREFIX}…")


def _build_delivery_view(logged: LoggedDelivery) -> DeliveryView:
    row = logged.delivery
    label = "Test" if logged.kind == TEST else KIND_LABELS.get(logged.kind, "Deleted")
    detail = row.failure_reason or (str(row.status) if row.status else "")
    return DeliveryView(
        row.id,
        f"Answered: {label}" if row.is_withdrawal else label,
        one_line(logged.channel_name, 120),
        to_datetime(row.created_us),
        row.outcome,
        detail,
        may_repeat=row.next_attempt_us is None,
    )
