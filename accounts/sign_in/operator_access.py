"""Operators sign in in two steps; without the second step they reach only the page that sets it up."""

from collections.abc import Callable

from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.api_base.problem import is_api_path
from accounts.models import OperatorAction, User
from accounts.sign_in import two_factor

ALLOWED_PREFIXES = "/settings/two-factor", "/sign-out", "/static/"


class OperatorTwoFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API accepts no cookie, and no token has the permissions of an operator.
        if request.path.startswith(ALLOWED_PREFIXES) or is_api_path(request.path):
            return self.get_response(request)
        return _redirect_without_second_step(request) or self.get_response(request)


def _redirect_without_second_step(request: HttpRequest) -> HttpResponse | None:
    user = request.user
    if not isinstance(user, User) or not lacks_second_step(user, request.session.get("proof", "")):
        return None
    if two_factor.load_factor(user) is None:
        return redirect("two-factor")
    end_session(request)
    return redirect_to_login(request.get_full_path())


def lacks_second_step(user: User, verified_factor_id: str) -> bool:
    """Whether this is an operator's session that was not started with the current second factor."""
    if not user.is_staff:
        return False
    factor = two_factor.load_factor(user)
    return factor is None or verified_factor_id != str(factor.id)


def record_action(operator: User, action: str, *, model: str, target_user: User | None) -> None:
    """Records an action of an operator."""
    OperatorAction.objects.create(operator=operator, action=action[:200], model=model, target_user=target_user)
