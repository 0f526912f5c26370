"""`/settings/retention`: the retention policy. A preview shows its effect before the user saves it."""

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.base.current_user import get_user_id
from events.retention import retention_policy
from events.retention.retention_policy import GIGABYTE, MAX_BYTES, MAX_DAYS, MIN_BYTES, RetentionLimits
from memory.deletion import session_retention
from memory.projection import projector

SAVED_MESSAGE = "Retention policy saved."
TURNED_OFF_MESSAGE = "Retention turned off. Nothing will be deleted."


class RetentionForm(forms.Form):
    days = forms.IntegerField(label="Maximum age (days)", required=False, min_value=1, max_value=MAX_DAYS)
    gigabytes = forms.FloatField(
        label="Maximum size (GB)", required=False, min_value=MIN_BYTES / GIGABYTE, max_value=MAX_BYTES / GIGABYTE
    )

    def build_limits(self) -> RetentionLimits:
        gigabytes = self.cleaned_data["gigabytes"]
        return RetentionLimits(self.cleaned_data["days"], None if gigabytes is None else round(gigabytes * GIGABYTE))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def retention_view(request: HttpRequest) -> HttpResponse:
    """Shows the policy (GET), previews what a new policy deletes (POST), or saves it (POST with `sure`).

    A POST without limits saves at once.
    """
    user_id, limits = get_user_id(request), retention_policy.load_limits(get_user_id(request))
    if request.method != "POST":
        return _render_page(request, RetentionForm(_build_initial_values(limits)), limits=limits)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _render_page(request, form, limits=limits, status=400)
    new_limits = form.build_limits()
    if new_limits and "sure" not in request.POST:
        projector.catch_up(user_id, seconds=projector.WRITE_TIMEOUT_S)
        preview = session_retention.preview_retention(user_id, new_limits, now_us=time.time_ns() // 1_000)
        return _render_page(request, form, limits=limits, preview=preview, new_limits=new_limits)
    retention_policy.save_limits(user_id, new_limits)
    messages.success(request, SAVED_MESSAGE if new_limits else TURNED_OFF_MESSAGE)
    return redirect("retention")


def _build_initial_values(limits: RetentionLimits) -> dict[str, Any]:
    return {"days": limits.max_days, "gigabytes": None if limits.max_bytes is None else limits.max_bytes / GIGABYTE}


def _render_page(
    request: HttpRequest, form: RetentionForm, *, limits: RetentionLimits, status: int = 200, **context: Any
) -> HttpResponse:
    new_limits = context.get("new_limits", RetentionLimits())
    texts = {
        "limits": limits,
        "limits_in_words": _describe_limits(limits),
        "new_limits_in_words": _describe_limits(new_limits),
    }
    return render(request, "account_pages/retention.html", {"form": form, **texts, **context}, status=status)


def _describe_limits(limits: RetentionLimits) -> str:
    days = "" if limits.max_days is None else f"Sessions without activity for {limits.max_days:,} days are deleted."
    size = (
        ""
        if limits.max_bytes is None
        else f"Above {limits.max_bytes / GIGABYTE:,g} GB, the oldest sessions are deleted."
    )
    return f"{days} {size}".strip()
