"""`/settings/two-factor`: sets up and turns off the second step."""

from io import BytesIO
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.api_base import rate_limit
from accounts.models import SecondFactor, User
from accounts.pages import forms
from accounts.pages.base_views import ReauthenticationPage, get_signed_in_user
from accounts.sign_in import two_factor


class TwoFactorPage(ReauthenticationPage):
    """Shows whether two-factor is on. The form confirms a new authenticator."""

    template = "two_factor/two_factor"
    form_class = forms.ConfirmAuthenticatorForm

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        rate_limit.count_code_attempt(f"{self.user.id} set-up")
        current_session_key = self.request.session.session_key
        factor, codes = two_factor.confirm(self.user, values["new_code"], current_session_key=current_session_key)
        self.request.session["proof"] = str(factor.id)
        return _show_recovery_codes(self.request, codes, fresh=True)

    def render_form(self, form: Any, **rest: Any) -> HttpResponse:
        factor, unconfirmed = two_factor.load_factor(self.user), two_factor.load_unconfirmed_factor(self.user)
        codes_left = factor.recovery_codes.count() if factor else 0
        secret = two_factor.get_secret(unconfirmed) if unconfirmed else ""
        return super().render_form(form, factor=factor, codes_left=codes_left, secret=secret, **rest)


@never_cache
@login_required
@require_POST
def set_up(request: HttpRequest) -> HttpResponse:
    two_factor.set_up(get_signed_in_user(request))
    return redirect("two-factor")


@never_cache
@login_required
@require_safe
def render_qr_code(request: HttpRequest) -> HttpResponse:
    """Renders the secret as an image for a camera, only until it is confirmed. Browsers must not cache it."""
    unconfirmed = two_factor.load_unconfirmed_factor(get_signed_in_user(request))
    if unconfirmed is None:
        raise Http404
    code = segno.make(two_factor.build_key_uri(unconfirmed), error="m", micro=False)
    # Dark on light in every theme, because cameras need it.
    image = BytesIO()
    code.save(image, kind="svg", scale=5, border=3, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


class RecoveryCodesPage(ReauthenticationPage):
    template = "two_factor/new_recovery_codes"

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        return _show_recovery_codes(
            self.request, two_factor.replace_recovery_codes(_load_factor(self.user)), fresh=False
        )


class SwitchOffPage(ReauthenticationPage):
    template = "two_factor/two_factor_off"

    def apply_change(self, values: dict[str, Any]) -> HttpResponse:
        two_factor.switch_off(_load_factor(self.user).user)
        messages.success(self.request, "Two-factor sign-in is off. You now sign in with your password only.")
        return redirect("settings")


def _load_factor(user: User) -> SecondFactor:
    factor = two_factor.load_factor(user)
    if factor is None:
        raise Http404
    return factor


def _show_recovery_codes(request: HttpRequest, codes: list[str], *, fresh: bool) -> HttpResponse:
    return render(request, "accounts/two_factor/recovery_codes.html", {"codes": codes, "fresh": fresh})
