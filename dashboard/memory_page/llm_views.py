"""`/memory/model`: the optional model, what it would be sent, what it was asked and what that cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.api_base.problem import Problem
from dashboard.base.current_user import person
from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.session.session_summary import when
from memory.llm import llm_prompt, llm_settings
from memory.models import Retelling

ASKED = 50  # sessions
CAP = Decimal(2)  # dollars, to begin from


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking about a session."""

    row: Retelling

    @property
    def at(self) -> datetime:
        return when(self.row.asked_us)

    @property
    def dollars(self) -> Decimal:
        return _dollars(self.row.cost_microdollars)

    @property
    def text(self) -> Html:
        return html_builder.text(self.row.text)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """`off` ends it; else `key` (empty: the one that is kept) and `cap` in dollars a month switch it on."""
    if request.method == "POST":
        _act(request)
        return redirect("memory-model")
    user_id = person(request)
    kept = llm_settings.helper(user_id)
    shown = {
        "helper": kept,
        "cap": _dollars(kept.cap_microdollars) if kept else CAP,
        "spent": _dollars(llm_settings.spent(user_id)),
        "told": [Told(row) for row in llm_settings.retellings(user_id, limit=ASKED)],
        "model": settings.MODEL,
        "url": settings.MODEL_URL,
        "longest": llm_prompt.LONGEST,
        "system": llm_prompt.SYSTEM,
    }
    return render(request, "dashboard/model.html", shown)


def _act(request: HttpRequest) -> None:
    user_id = person(request)
    if "off" in request.POST:
        llm_settings.switch_off(user_id)
        messages.success(request, "Switched off, and the key is gone.")
        return
    try:
        cap = Decimal(request.POST.get("cap", "")[:20])
        microdollars = int(cap * 1_000_000) if cap.is_finite() else 0
    except InvalidOperation:
        microdollars = 0
    try:
        llm_settings.switch_on(user_id, key=request.POST.get("key", "").strip(), cap_microdollars=microdollars)
        messages.success(request, "Saved: sessions that end from now on are told to the model.")
    except Problem as problem:
        messages.error(request, problem.detail)


def _dollars(microdollars: int) -> Decimal:
    return Decimal(microdollars) / 1_000_000
