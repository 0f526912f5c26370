"""`/device`: a signed-in user approves or denies a machine."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.api_base import rate_limit
from accounts.device_login import device_grant
from accounts.pages import forms
from accounts.pages.base_views import AuthenticatedPage


class DevicePage(AuthenticatedPage):
    """Asks for the code, shows its machine and applies the decision. A link may prefill the code, but never decides."""

    template, form_class, route = "device", forms.UserCodeForm, "user-code"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_form(self.form_class(initial={"user_code": request.GET.get("user_code", "")[:20]}))

    def process_form(self, values: dict[str, Any]) -> HttpResponse:
        # Right and wrong codes count, because each attempt might match the code of a stranger's machine.
        rate_limit.count_code_attempt(f"{self.user.id} user code")
        decide = DECISIONS.get(self.request.POST.get("decision", ""), _show_login)
        return decide(self, values["user_code"])


def _show_login(page: DevicePage, user_code: str) -> HttpResponse:
    return page.render_form(page.build_form(page.request.POST), login=device_grant.load_login(user_code))


def _approve(page: DevicePage, user_code: str) -> HttpResponse:
    name = device_grant.approve(page.user, user_code)
    messages.success(page.request, f"{name} is connected. You can revoke its token here at any time.")
    return redirect("machines")


def _deny(page: DevicePage, user_code: str) -> HttpResponse:
    device_grant.deny(user_code)
    messages.success(page.request, "Denied. The machine did not get a token.")
    return redirect("machines")


DECISIONS = {"approve": _approve, "deny": _deny}
