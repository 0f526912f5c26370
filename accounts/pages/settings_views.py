"""`/settings`: what owners see of their account and change."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.api_base import rate_limit
from accounts.credentials import browser_sessions
from accounts.lifecycle import account_changes, account_deletion
from accounts.pages import forms
from accounts.pages.base_views import AgainPage, OwnPage, visitor
from accounts.sign_in import two_factor


class Settings(OwnPage):
    """The whole account on one page; its form is the name."""

    template, form = "settings", forms.Name

    def fill(self, data: Any = None) -> Any:
        return self.form(data, initial={"display_name": self.user.display_name})

    def act(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.rename(self.user, values["display_name"] or "")
        messages.success(self.request, "Saved.")
        return redirect("settings")

    def show(self, form: Any, **rest: Any) -> HttpResponse:
        here = browser_sessions.digest(self.request.session.session_key or "")
        signed_in = sorted(browser_sessions.of(self.user.id), key=lambda session: session.session_key != here)
        factor = two_factor.of(self.user)
        return super().show(form, sessions=signed_in, here=here, factor=factor, **rest)


class Password(AgainPage):
    template, form = "change_password", forms.ChangePassword

    def change(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.change_password(self.user, values["password"], here=self.request.session.session_key)
        update_session_auth_hash(self.request, self.user)
        messages.success(self.request, "Your password is changed. Every other browser is signed out.")
        return redirect("settings")


class Email(AgainPage):
    template, form = "change_email", forms.NewAddress

    def change(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.ask_for_address(self.user, values["email"], network=rate_limit.network_digest(self.request))
        return self.look_in_your_mail(values)


class Delete(AgainPage):
    template = "delete_account"

    def show(self, form: Any, **rest: Any) -> HttpResponse:
        return super().show(form, backed_up=bool(settings.BACKUP_URL), **rest)

    def change(self, values: dict[str, Any]) -> HttpResponse:
        user_id = self.user.id
        end_session(self.request)
        account_deletion.close(user_id)
        messages.success(self.request, "Your account is deleted, and everything in it.")
        return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@login_required
@require_POST
def end(request: HttpRequest, name: str) -> HttpResponse:
    """Signs one of the visitor's browsers out."""
    if not browser_sessions.end(visitor(request).id, name):
        raise Http404
    messages.success(request, "That browser is signed out.")
    return redirect("settings")


@never_cache
@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    browser_sessions.sign_out(visitor(request).id, but=request.session.session_key)
    messages.success(request, "Every other browser is signed out.")
    return redirect("settings")
