"""Operators sign in in two steps, or see nothing but the page where they set that up."""

from collections.abc import Callable

from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.api_base.problem import is_api
from accounts.models import OperatorAct, User
from accounts.sign_in import two_factor

OPEN = "/settings/two-factor", "/sign-out", "/static/"


class TwoStepsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API knows no cookie, and no token has an operator's powers.
        if request.path.startswith(OPEN) or is_api(request.path):
            return self.get_response(request)
        return _send_away(request) or self.get_response(request)


def _send_away(request: HttpRequest) -> HttpResponse | None:
    user = request.user
    if not isinstance(user, User) or not lacks_second_step(user, request.session.get("proof", "")):
        return None
    if two_factor.of(user) is None:
        return redirect("two-factor")
    end_session(request)
    return redirect_to_login(request.get_full_path())


def lacks_second_step(user: User, proof: str) -> bool:
    """Whether this is an operator's session that was not begun with the second factor in force now."""
    if not user.is_staff:
        return False
    factor = two_factor.of(user)
    return factor is None or proof != str(factor.id)


def note(operator: User, what: str, *, model: str, whom: User | None) -> None:
    """Writes down what an operator did."""
    OperatorAct.objects.create(operator=operator, what=what[:200], model=model, whom=whom)
