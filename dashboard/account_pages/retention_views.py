"""`/settings/retention`: how much is kept. What would go now is shown before anything is switched on."""

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dashboard.base.current_user import person
from events.retention import retention_policy
from events.retention.retention_policy import GIGABYTE, LEAST_BYTES, MOST_BYTES, MOST_DAYS, Rule
from memory.deletion import session_retention
from memory.projection import projector

PATIENCE = 5.0  # seconds for a log that is far behind


class Limits(forms.Form):
    days = forms.IntegerField(label="Days", required=False, min_value=1, max_value=MOST_DAYS)
    gigabytes = forms.FloatField(
        label="Gigabytes", required=False, min_value=LEAST_BYTES / GIGABYTE, max_value=MOST_BYTES / GIGABYTE
    )

    def rule(self) -> Rule:
        gigabytes = self.cleaned_data["gigabytes"]
        return Rule(self.cleaned_data["days"], None if gigabytes is None else round(gigabytes * GIGABYTE))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET says how it is; a POST shows what would go, and one with `sure` keeps by it from now on."""
    user_id, rule = person(request), retention_policy.rule(person(request))
    if request.method != "POST":
        return _show(request, Limits(_given(rule)), rule=rule)
    form = Limits(request.POST)
    if not form.is_valid():
        return _show(request, form, rule=rule, status=400)
    wanted = form.rule()
    if wanted and "sure" not in request.POST:
        projector.catch_up(user_id, seconds=PATIENCE)
        going = session_retention.preview(user_id, wanted, now_us=time.time_ns() // 1_000)
        return _show(request, form, rule=rule, going=going, wanted=wanted)
    retention_policy.keep(user_id, wanted)
    messages.success(request, "Saved." if wanted else "Everything is kept.")
    return redirect("retention")


def _given(rule: Rule) -> dict[str, Any]:
    return {"days": rule.days, "gigabytes": None if rule.bytes is None else rule.bytes / GIGABYTE}


def _show(request: HttpRequest, form: Limits, *, rule: Rule, status: int = 200, **context: Any) -> HttpResponse:
    wanted = context.get("wanted", Rule())
    words = {"rule": rule, "rule_in_words": _in_words(rule), "wanted_in_words": _in_words(wanted)}
    return render(request, "dashboard/retention.html", {"form": form, **words, **context}, status=status)


def _in_words(rule: Rule) -> str:
    days = "" if rule.days is None else f"Sessions in which nothing happened for {rule.days:,} days go."
    size = "" if rule.bytes is None else f"Beyond {rule.bytes / GIGABYTE:,g} GB the oldest go."
    return f"{days} {size}".strip()
