"""Pages to sign up, sign in and sign out, and the targets of mailed links."""

import time
from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.api_base import rate_limit
from accounts.lifecycle import account_changes, local_owner, registration
from accounts.models import MailKind, User
from accounts.pages import forms
from accounts.pages.base_views import FormPage, LinkPage
from accounts.sign_in import known_browsers, login, two_factor

# Session entry of a browser that signed up: the proof that the password of the account was typed here.
_CLAIM_PROOF = "claim"


class SignUpPage(FormPage):
    template, form_class, route = "sign_in/sign_up", forms.SignUpForm, "register"

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        network_digest = rate_limit.digest_network(self.request)
        self.request.session[_CLAIM_PROOF] = registration.register(
            values["email"],
            password=values["password"],
            display_name=values["display_name"],
            network_digest=network_digest,
        )
        return self.render_check_email(values)


class SignInPage(FormPage):
    template, form_class, route = "sign_in/sign_in", forms.SignInForm, "login"

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(_get_next_path(request)) if request.user.is_authenticated else super().get(request)

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        user = login.authenticate(self.request, values["email"], password=values["password"])
        return _continue_sign_in(self.request, user)

    def render_form(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        next_page = _get_next_path(self.request, default="")
        return super().render_form(form, next=next_page, personal=settings.PERSONAL, **rest)


class SignInLinkPage(LinkPage):
    """The target of the sign-in link that a personal Memfog prints."""

    template = "sign_in/sign_in_link"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PERSONAL:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]  # no view here is async

    def load_link_user(self) -> User:
        return local_owner.load_link_user(self.secret)

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        local_owner.use_link(self.secret)
        return _continue_sign_in(self.request, self.link_user)


# Session entry of a browser that gave the password but no code yet: user, digest of the password, and time.
_AWAITING_SECOND_FACTOR = "half_way"
_AWAITING_SECOND_FACTOR_TIMEOUT_S = 600


def _continue_sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """Signs the user in, or continues with the second step."""
    if two_factor.load_factor(user) is None:
        return _start_session(request, user, verified_factor_id="")
    request.session[_AWAITING_SECOND_FACTOR] = [str(user.id), user.get_session_auth_hash(), time.time()]
    return redirect(f"{reverse('sign-in-code')}?{urlencode({'next': _get_next_path(request)})}")


class SignInCodePage(FormPage):
    """The second step of sign-in. After the first step alone the session is not signed in."""

    template, form_class, route = "sign_in/sign_in_code", forms.CodeForm, "code"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = _load_awaiting_user(request)
        if user is None:
            return redirect("sign-in")
        self.awaiting_user = user
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]  # no view here is async

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        verified_factor_id = login.check_code(self.request, self.awaiting_user, values["otp"])
        del self.request.session[_AWAITING_SECOND_FACTOR]
        return _start_session(self.request, self.awaiting_user, verified_factor_id=verified_factor_id)

    def render_form(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        return super().render_form(
            form, next=_get_next_path(self.request, default=""), email=self.awaiting_user.email, **rest
        )


def _load_awaiting_user(request: HttpRequest) -> User | None:
    user_id, session_hash, at = request.session.get(_AWAITING_SECOND_FACTOR) or ("", "", 0.0)
    if time.time() > at + _AWAITING_SECOND_FACTOR_TIMEOUT_S:
        return None
    user = User.objects.filter(id=user_id, is_active=True).first()
    # A new password in the meantime restarts the sign-in.
    return user if user and constant_time_compare(session_hash, user.get_session_auth_hash()) else None


def _start_session(request: HttpRequest, user: User, *, verified_factor_id: str) -> HttpResponse:
    login.start_session(
        request, user, verified_factor_id=verified_factor_id, lifetime=local_owner.get_session_lifetime(user)
    )
    answer = redirect(_get_next_path(request))
    known_browsers.remember_browser(answer, user)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


class ForgotPasswordPage(FormPage):
    template, form_class, route = "sign_in/forgot_password", forms.EmailForm, "forgot-password"

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        registration.request_link(values["email"], network_digest=rate_limit.digest_network(self.request))
        return self.render_check_email(values)


class VerifyEmailPage(LinkPage):
    template, kind = "sign_in/verify_email", MailKind.VERIFY

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        registration.verify_email(self.secret)
        # Loaded again: a verified account has the password that was mailed for.
        user = User.objects.filter(id=self.link_user.id, is_active=True).first()
        proof = self.request.session.pop(_CLAIM_PROOF, "")
        # The link alone does not sign in: a stranger's link would sign its reader in to the stranger's account.
        if user and registration.has_claimed(user, proof):
            messages.success(self.request, "Your address is verified.")
            return _continue_sign_in(self.request, user)
        messages.success(self.request, "Your address is verified. Sign in to continue.")
        return redirect("sign-in")


class ResetPasswordPage(LinkPage):
    template, form_class, kind = "sign_in/reset_password", forms.NewPasswordForm, MailKind.RESET

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        registration.reset_password(self.secret, password=values["password"])
        messages.success(self.request, "Password changed. Sign in with your new password.")
        return redirect("sign-in")


class ConfirmEmailPage(LinkPage):
    template, kind = "settings/confirm_email", MailKind.NEW_EMAIL

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.confirm_email_change(self.secret)
        messages.success(self.request, "Your email address was changed. Use the new address to sign in.")
        return redirect("settings" if self.request.user.is_authenticated else "sign-in")


@never_cache
def redirect_operator_sign_in(request: HttpRequest) -> HttpResponse:
    """Replaces the admin's own form, which would not count wrong passwords."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or resolve_url("admin:index"))


def _get_next_path(request: HttpRequest, *, default: str | None = None) -> str:
    """Returns the path that the visitor requested, if it is a path of this site."""
    path = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/"):
        return path
    return resolve_url(settings.LOGIN_REDIRECT_URL) if default is None else default
