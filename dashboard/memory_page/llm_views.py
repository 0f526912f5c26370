"""`/memory/model`: the settings of the optional model, what it would be sent, its requests and their cost."""

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
from dashboard.base.current_user import get_user_id
from dashboard.render import html_builder
from dashboard.render.html_builder import Html
from dashboard.session.session_summary import to_display_time
from memory.llm import llm_prompt, llm_settings
from memory.models import LlmSummary

SUMMARIES_LIMIT = 50  # sessions on the page
DEFAULT_CAP_DOLLARS = Decimal(2)  # US dollars per month; the initial value of the form


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """The LLM summary of a session, as a row of the page."""

    row: LlmSummary

    @property
    def at(self) -> datetime:
        return to_display_time(self.row.requested_us)

    @property
    def dollars(self) -> Decimal:
        return _to_dollars(self.row.cost_microdollars)

    @property
    def text(self) -> Html:
        return html_builder.render_text(self.row.text)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def llm_view(request: HttpRequest) -> HttpResponse:
    """Shows the settings (GET) or saves them (POST).

    POST `off` disables the model and deletes the key. Otherwise `key` (empty: the stored key stays) and `cap` (US
    dollars per month) enable it.
    """
    if request.method == "POST":
        _save_settings(request)
        return redirect("memory-model")
    user_id = get_user_id(request)
    config = llm_settings.load_llm_config(user_id)
    context = {
        "config": config,
        "cap": _to_dollars(config.monthly_cap_microdollars) if config else DEFAULT_CAP_DOLLARS,
        "spent": _to_dollars(llm_settings.load_month_cost(user_id)),
        "summaries": [SummaryRow(row) for row in llm_settings.list_llm_summaries(user_id, limit=SUMMARIES_LIMIT)],
        "model": settings.MODEL,
        "url": settings.MODEL_URL,
        "max_prompt_chars": llm_prompt.MAX_PROMPT_CHARS,
        "system": llm_prompt.SYSTEM_PROMPT,
    }
    return render(request, "memory/llm.html", context)


def _save_settings(request: HttpRequest) -> None:
    user_id = get_user_id(request)
    if "off" in request.POST:
        llm_settings.disable_llm(user_id)
        messages.success(request, "Turned off. The key was deleted.")
        return
    try:
        cap = Decimal(request.POST.get("cap", "")[:20])
        microdollars = int(cap * 1_000_000) if cap.is_finite() else 0
    except InvalidOperation:
        microdollars = 0
    try:
        llm_settings.enable_llm(user_id, key=request.POST.get("key", "").strip(), cap_microdollars=microdollars)
        messages.success(request, "Saved. Sessions that end from now on will be summarized.")
    except Problem as problem:
        messages.error(request, problem.detail)


def _to_dollars(microdollars: int) -> Decimal:
    return Decimal(microdollars) / 1_000_000
