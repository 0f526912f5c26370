"""`/machines`: the tokens that machines connect with."""

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
from dashboard.account_pages.token_form import NewToken
from dashboard.base.connect_command import Secret, command, secret
from dashboard.base.current_user import person
from dashboard.render.safe_text import one_line


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as its owner sees it."""

    token: Token
    name: str
    client: str
    secret: Secret
    command: Secret


def shown(rows: Iterable[Token]) -> list[Shown]:
    """These tokens, signed anew: they are kept nowhere."""
    return [_shown(token, api_tokens.sign(token.id)) for token in rows]


def _shown(token: Token, text: str) -> Shown:
    client = one_line(token.client or "", 100)
    return Shown(token, one_line(token.name, 100), client, secret(text), command(text))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def machines(request: HttpRequest) -> HttpResponse:
    form = NewToken(request.POST if request.method == "POST" else None)
    if form.is_valid():
        made = api_tokens.create(
            person(request), name=form.cleaned_data["name"], scope=Scope(form.cleaned_data["scope"])
        )
        messages.success(request, f"{one_line(made.name, 100)} may connect now.")
        return redirect(f"/machines#token-{made.id}")
    rows = Token.objects.of(person(request)).order_by("-created_at", "id")
    status = 400 if form.is_bound else 200
    return render(request, "dashboard/machines.html", {"form": form, "tokens": shown(rows)}, status=status)


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    if not api_tokens.revoke(person(request), token_id):
        raise Http404
    messages.success(request, "Revoked. What used that token is refused from now on.")
    return redirect("machines")
