"""`/settings/prices`: the user's own prices of models, and the models that they used."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.api_base.problem import Problem
from dashboard.base.current_user import get_user_id
from dashboard.render.safe_text import one_line
from memory.preferences import own_prices
from memory.preferences.own_prices import CACHE_PRICES, MAX_DOLLARS, MAX_NAME_CHARS, REQUIRED_PRICES
from memory.sessions import insight_queries, used_models
from memory.values.price_table import OwnPrice

SAVED_MESSAGE = "Price saved. Past costs are computed again within a minute."
DELETED_MESSAGE = "Price deleted. Past costs are computed again within a minute."


def _price_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_value=MAX_DOLLARS)


class PriceForm(forms.Form):
    model = forms.CharField(label="Model", max_length=MAX_NAME_CHARS)
    same_as = forms.CharField(label="Same price as", required=False, max_length=MAX_NAME_CHARS)
    input = _price_field("Input")
    output = _price_field("Output")
    cache_write = _price_field("Cache write, 5 min")
    cache_write_1h = _price_field("Cache write, 1 h")
    cache_read = _price_field("Cache read")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def prices_view(request: HttpRequest) -> HttpResponse:
    """Shows the prices (GET) or sets one (POST)."""
    if request.method != "POST":
        return _render_page(request, PriceForm(initial={"model": request.GET.get("model", "")}))
    form = PriceForm(request.POST)
    if form.is_valid() and _set_price(request, form):
        messages.success(request, SAVED_MESSAGE)
        return redirect("prices")
    return _render_page(request, form, status=400)


def _set_price(request: HttpRequest, form: PriceForm) -> bool:
    values = form.cleaned_data
    dollars = {name: values[name] for name in (*REQUIRED_PRICES, *CACHE_PRICES)}
    try:
        own_prices.set_own_price(get_user_id(request), values["model"], alias=values["same_as"], dollars=dollars)
    except Problem as problem:
        form.add_error(None, problem.detail)
    return not form.errors


@never_cache
@login_required
@require_POST
def delete_price(request: HttpRequest) -> HttpResponse:
    if own_prices.delete_own_price(get_user_id(request), request.POST.get("model", "")):
        messages.success(request, DELETED_MESSAGE)
    return redirect("prices")


def _render_page(request: HttpRequest, form: PriceForm, *, status: int = 200) -> HttpResponse:
    user_id = get_user_id(request)
    insight_queries.catch_up(user_id)
    context: dict[str, Any] = {
        "form": form,
        "prices": [(one.name, _describe(one)) for one in own_prices.list_own_prices(user_id)],
        "models": [(one_line(one.name, MAX_NAME_CHARS), one) for one in used_models.list_used_models(user_id)],
    }
    return render(request, "account_pages/prices.html", context, status=status)


def _describe(price: OwnPrice) -> str:
    if price.prices is None:
        return f"as {one_line(price.alias, MAX_NAME_CHARS)}"
    names = (*REQUIRED_PRICES, *CACHE_PRICES)
    input_, output, write, write_1h, read = (f"{getattr(price.prices, name).normalize():f}" for name in names)
    return f"{input_} in, {output} out; cache: {write} and {write_1h} written, {read} read"
