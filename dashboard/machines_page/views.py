"""`/machines`: the machines of a user and the API tokens they send with."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.api_base.problem import Problem
from accounts.credentials import api_tokens, token_revocation
from accounts.machines import machine_names, machine_reports
from accounts.models import Scope, Token
from accounts.models.machine_name import MAX_MACHINE_LABEL_CHARS
from dashboard.base import client_package
from dashboard.base.current_user import get_user_id
from dashboard.machines_page import machine_rows, token_rows
from dashboard.machines_page.token_form import NewTokenForm
from dashboard.render.safe_text import one_line
from memory.sessions import insight_queries, machine_queries


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def machines_view(request: HttpRequest) -> HttpResponse:
    """Shows the machines and the tokens. POST creates a token."""
    form = NewTokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        token = api_tokens.create(
            get_user_id(request), name=form.cleaned_data["name"], scope=Scope(form.cleaned_data["scope"])
        )
        messages.success(request, f"Token for {one_line(token.name, 100)} created.")
        return redirect(f"/machines#token-{token.id}")
    context = {"form": form, **_load_context(get_user_id(request))}
    return render(request, "machines/page.html", context, status=400 if form.is_bound else 200)


def _load_context(user_id: UUID) -> dict[str, object]:
    insight_queries.catch_up(user_id)
    tokens = list(Token.objects.for_user(user_id).order_by("-created_at", "id"))
    reports = machine_reports.list_reports(user_id)
    release = client_package.find_release(settings.BASE_DIR / "client", api=settings.PUBLIC_URL)
    return {
        "machines": machine_rows.build_machine_rows(
            machine_queries.list_machines(user_id), machine_queries.load_delays(user_id), reports, tokens, release
        ),
        "served_version": release.version if release else "",
        "max_name_chars": MAX_MACHINE_LABEL_CHARS,
        "delay_days": machine_queries.DELAY_DAYS,
        "tokens": token_rows.build_token_rows(tokens, reports),
        "revoked": token_rows.build_revoked_rows(token_revocation.list_restorable(user_id)),
    }


@never_cache
@login_required
@require_POST
def rename_machine(request: HttpRequest) -> HttpResponse:
    """Gives the machine of POST `machine` the name of POST `name`; without one it has its own name again."""
    machine, name = (request.POST.get(field, "") for field in ("machine", "name"))
    try:
        machine_names.set_name(get_user_id(request), machine, name)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("machines")
    messages.success(request, f"Machine renamed to {one_line(name.strip() or machine, 100)}.")
    return redirect("machines")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Asks whether to revoke a token, and says which machines send with it. POST revokes it."""
    user_id = get_user_id(request)
    if request.method == "POST":
        if not token_revocation.revoke(user_id, token_id):
            raise Http404
        messages.success(request, "Token revoked. Clients using it can no longer connect.")
        return redirect("/machines#revoked")
    rows = Token.objects.for_user(user_id).filter(id=token_id)
    found = token_rows.build_token_rows(rows, machine_reports.list_reports(user_id))
    if not found:
        raise Http404
    minutes = int(token_revocation.UNDO_WINDOW.total_seconds()) // 60
    return render(request, "machines/revoke.html", {"token_row": found[0], "undo_minutes": minutes})


@never_cache
@login_required
@require_POST
def restore_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Undoes the revocation of a token."""
    try:
        token = token_revocation.restore(get_user_id(request), token_id)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("machines")
    if token is None:
        raise Http404
    messages.success(request, f"Token {one_line(token.name, 100)} is valid again.")
    return redirect(f"/machines#token-{token.id}")
