"""`/settings`: shows and changes the account."""

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
from accounts.pages.base_views import AuthenticatedPage, ReauthenticationPage, get_signed_in_user
from accounts.sign_in import two_factor


class SettingsPage(AuthenticatedPage):
    """Shows the whole account on one page. The form changes the name."""

    template, form_class = "settings/settings", forms.DisplayNameForm

    def build_form(self, data: Any = None) -> Any:
        return self.form_class(data, initial={"display_name": self.user.display_name})

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.change_display_name(self.user, values["display_name"] or "")
        messages.success(self.request, "Saved.")
        return redirect("settings")

    def render_form(self, form: Any, **rest: Any) -> HttpResponse:
        current_digest = browser_sessions.digest_key(self.request.session.session_key or "")
        signed_in = sorted(
            browser_sessions.for_user(self.user.id), key=lambda session: session.session_key != current_digest
        )
        factor = two_factor.load_factor(self.user)
        return super().render_form(form, sessions=signed_in, current_digest=current_digest, factor=factor, **rest)


class ChangePasswordPage(ReauthenticationPage):
    template, form_class = "settings/change_password", forms.ChangePasswordForm

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.change_password(
            self.user, values["password"], current_session_key=self.request.session.session_key
        )
        update_session_auth_hash(self.request, self.user)
        messages.success(self.request, "Password changed. All other browsers were signed out.")
        return redirect("settings")


class ChangeEmailPage(ReauthenticationPage):
    template, form_class = "settings/change_email", forms.ChangeEmailForm

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.request_email_change(
            self.user, values["email"], network_digest=rate_limit.digest_network(self.request)
        )
        return self.render_check_email(values)


class DeleteAccountPage(ReauthenticationPage):
    template = "settings/delete_account"

    def render_form(self, form: Any, **rest: Any) -> HttpResponse:
        return super().render_form(form, backed_up=bool(settings.BACKUP_URL), **rest)

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        user_id = self.user.id
        end_session(self.request)
        account_deletion.delete_account(user_id)
        messages.success(self.request, "Your account and all its data were deleted.")
        return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@login_required
@require_POST
def end_browser_session(request: HttpRequest, name: str) -> HttpResponse:
    """Signs out one of the user's browsers."""
    if not browser_sessions.end_session(get_signed_in_user(request).id, name):
        raise Http404
    messages.success(request, "Browser signed out.")
    return redirect("settings")


@never_cache
@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    browser_sessions.sign_out(get_signed_in_user(request).id, except_session_key=request.session.session_key)
    messages.success(request, "All other browsers were signed out.")
    return redirect("settings")
