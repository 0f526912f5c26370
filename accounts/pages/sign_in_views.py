"""Coming in: signing up, in and out, and the links in mails."""

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
from accounts.models import Mail, User
from accounts.pages import forms
from accounts.pages.base_views import FormPage, LinkPage
from accounts.sign_in import known_browsers, login, two_factor


class SignUp(FormPage):
    template, form, route = "sign_up", forms.SignUp, "register"

    def act(self, values: dict[str, Any]) -> HttpResponse:
        network = rate_limit.network_digest(self.request)
        registration.register(
            values["email"], password=values["password"], display_name=values["display_name"], network=network
        )
        return self.look_in_your_mail(values)


class SignIn(FormPage):
    template, form, route = "sign_in", forms.Login, "login"

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(_next(request)) if request.user.is_authenticated else super().get(request)

    def act(self, values: dict[str, Any]) -> HttpResponse:
        user = login.check(self.request, values["email"], password=values["password"])
        return _next_step(self.request, user)

    def show(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        next_page = _next(self.request, otherwise="")
        return super().show(form, next=next_page, personal=settings.PERSONAL, **rest)


class SignInLink(LinkPage):
    """Where the link leads that a Memfog on one's own machine prints."""

    template = "sign_in_link"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PERSONAL:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]  # no view here is async

    def find(self) -> User:
        return local_owner.holder(self.secret)

    def act(self, values: dict[str, Any]) -> HttpResponse:
        local_owner.spend(self.secret)
        return _next_step(self.request, self.holder)


# In the session of a browser that has shown a password and not yet the code: whose, under which password, and when.
_HALF_WAY = "half_way"
_HALF_WAY_LASTS = 600  # seconds


def _next_step(request: HttpRequest, user: User) -> HttpResponse:
    """In, or on to the second step."""
    if two_factor.of(user) is None:
        return _let_in(request, user, proof="")
    request.session[_HALF_WAY] = [str(user.id), user.get_session_auth_hash(), time.time()]
    return redirect(f"{reverse('sign-in-code')}?{urlencode({'next': _next(request)})}")


class SignInCode(FormPage):
    """The second step. A browser that took the first is nobody here yet: its session is not signed in."""

    template, form, route = "sign_in_code", forms.Code, "code"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = _half_way(request)
        if user is None:
            return redirect("sign-in")
        self.holder = user
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]  # no view here is async

    def act(self, values: dict[str, Any]) -> HttpResponse:
        proof = login.check_code(self.request, self.holder, values["otp"])
        del self.request.session[_HALF_WAY]
        return _let_in(self.request, self.holder, proof=proof)

    def show(self, form: django_forms.Form, **rest: Any) -> HttpResponse:
        return super().show(form, next=_next(self.request, otherwise=""), email=self.holder.email, **rest)


def _half_way(request: HttpRequest) -> User | None:
    user_id, session_hash, at = request.session.get(_HALF_WAY) or ("", "", 0.0)
    if time.time() > at + _HALF_WAY_LASTS:
        return None
    user = User.objects.filter(id=user_id, is_active=True).first()
    # A new password meanwhile starts anew.
    return user if user and constant_time_compare(session_hash, user.get_session_auth_hash()) else None


def _let_in(request: HttpRequest, user: User, *, proof: str) -> HttpResponse:
    login.let_in(request, user, proof=proof, lasts=local_owner.stays(user))
    answer = redirect(_next(request))
    known_browsers.remember(answer, user)
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


class ForgotPassword(FormPage):
    template, form, route = "forgot_password", forms.Address, "forgot-password"

    def act(self, values: dict[str, Any]) -> HttpResponse:
        registration.forgot(values["email"], network=rate_limit.network_digest(self.request))
        return self.look_in_your_mail(values)


class VerifyEmail(LinkPage):
    template, kind = "verify_email", Mail.VERIFY

    def act(self, values: dict[str, Any]) -> HttpResponse:
        registration.verify(self.secret)
        # Not signed in by the link: a stranger's link would put its reader into the stranger's account.
        messages.success(self.request, "Your address is verified. Sign in to go on.")
        return redirect("sign-in")


class ResetPassword(LinkPage):
    template, form, kind = "reset_password", forms.NewPassword, Mail.RESET

    def act(self, values: dict[str, Any]) -> HttpResponse:
        registration.reset(self.secret, password=values["password"])
        messages.success(self.request, "Your password is changed. Sign in with the new one.")
        return redirect("sign-in")


class ConfirmEmail(LinkPage):
    template, kind = "confirm_email", Mail.NEW_EMAIL

    def act(self, values: dict[str, Any]) -> HttpResponse:
        account_changes.take_address(self.secret)
        messages.success(self.request, "Your account has moved to this address. Sign in with it from now on.")
        return redirect("settings" if self.request.user.is_authenticated else "sign-in")


@never_cache
def sign_in_operator(request: HttpRequest) -> HttpResponse:
    """In place of the admin's own form, which would let guesses through uncounted."""
    if request.user.is_authenticated and not request.user.is_staff:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or resolve_url("admin:index"))


def _next(request: HttpRequest, *, otherwise: str | None = None) -> str:
    """Where the visitor wanted to go, if that is a path of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL) if otherwise is None else otherwise
