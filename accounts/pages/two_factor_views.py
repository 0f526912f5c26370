"""`/settings/two-factor`: setting the second step up, and off again."""

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
from accounts.pages.base_views import AgainPage, visitor
from accounts.sign_in import two_factor


class TwoFactor(AgainPage):
    """Says whether it is on. Where an authenticator waits to be confirmed, its form does that."""

    template = "two_factor"
    form = forms.ConfirmAuthenticator

    def change(self, values: dict[str, Any]) -> HttpResponse:
        rate_limit.count_code(f"{self.user.id} set-up")
        here = self.request.session.session_key
        factor, codes = two_factor.confirm(self.user, values["new_code"], here=here)
        self.request.session["proof"] = str(factor.id)
        return _on_paper(self.request, codes, fresh=True)

    def show(self, form: Any, **rest: Any) -> HttpResponse:
        factor, waiting = two_factor.of(self.user), two_factor.waiting(self.user)
        left = factor.recovery_codes.count() if factor else 0
        secret = two_factor.secret(waiting) if waiting else ""
        return super().show(form, factor=factor, left=left, secret=secret, **rest)


@never_cache
@login_required
@require_POST
def set_up(request: HttpRequest) -> HttpResponse:
    two_factor.set_up(visitor(request))
    return redirect("two-factor")


@never_cache
@login_required
@require_safe
def qr_code(request: HttpRequest) -> HttpResponse:
    """The secret as an image, for a camera. Only while it waits to be confirmed; kept by nobody."""
    waiting = two_factor.waiting(visitor(request))
    if waiting is None:
        raise Http404
    code = segno.make(two_factor.address(waiting), error="m", micro=False)
    # Dark on light in every theme: cameras want it so.
    image = BytesIO()
    code.save(image, kind="svg", scale=5, border=3, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


class RecoveryCodes(AgainPage):
    template = "new_recovery_codes"

    def change(self, values: dict[str, Any]) -> HttpResponse:
        return _on_paper(self.request, two_factor.new_codes(_factor(self.user)), fresh=False)


class SwitchOff(AgainPage):
    template = "two_factor_off"

    def change(self, values: dict[str, Any]) -> HttpResponse:
        two_factor.switch_off(_factor(self.user).user)
        messages.success(self.request, "Two-factor sign-in is off. The password alone opens your account.")
        return redirect("settings")


def _factor(user: User) -> SecondFactor:
    factor = two_factor.of(user)
    if factor is None:
        raise Http404
    return factor


def _on_paper(request: HttpRequest, codes: list[str], *, fresh: bool) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "fresh": fresh})
