"""`/machines`: the API tokens of the user's machines."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.credentials import api_tokens
from accounts.models import Scope, Token
from dashboard.account_pages.token_form import NewTokenForm
from dashboard.base.connect_command import MaskedSecret, build_connect_command, mask_token
from dashboard.base.current_user import get_user_id
from dashboard.render.safe_text import one_line


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An API token as its user sees it."""

    token: Token
    name: str
    client: str
    secret: MaskedSecret
    command: MaskedSecret


def build_token_rows(rows: Iterable[Token]) -> list[TokenRow]:
    """Builds the rows of the token list. Each token is signed again, because signed tokens are not stored."""
    return [_build_token_row(token, api_tokens.sign(token.id)) for token in rows]


def _build_token_row(token: Token, signed_token: str) -> TokenRow:
    client = one_line(token.client or "", 100)
    return TokenRow(
        token, one_line(token.name, 100), client, mask_token(signed_token), build_connect_command(signed_token)
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def machines_view(request: HttpRequest) -> HttpResponse:
    form = NewTokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        token = api_tokens.create(
            get_user_id(request), name=form.cleaned_data["name"], scope=Scope(form.cleaned_data["scope"])
        )
        messages.success(request, f"Token for {one_line(token.name, 100)} created.")
        return redirect(f"/machines#token-{token.id}")
    rows = Token.objects.for_user(get_user_id(request)).order_by("-created_at", "id")
    status = 400 if form.is_bound else 200
    return render(
        request, "account_pages/machines.html", {"form": form, "tokens": build_token_rows(rows)}, status=status
    )


@never_cache
@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    if not api_tokens.revoke(get_user_id(request), token_id):
        raise Http404
    messages.success(request, "Token revoked. Clients using it can no longer connect.")
    return redirect("machines")
