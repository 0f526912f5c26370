"""Limits the rendering work of each page, and ends the work when the client no longer waits."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from dashboard.render import render_budget
from dashboard.render.render_budget import RenderBudget
from events import deadline
from events.endpoints import connection_rescue
from memfog.server.django_answer import SAFE_METHODS


class PageBudgetMiddleware:
    """The outermost middleware, so that it covers the page's last byte. The front door sets the deadline."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with render_budget.use_budget(RenderBudget()):
            # A request that may change data always runs to its end.
            return (
                self._respond_while_awaited(request) if request.method in SAFE_METHODS else self.get_response(request)
            )

    def _respond_while_awaited(self, request: HttpRequest) -> HttpResponse:
        with connection_rescue.expose_connection(), connection.execute_wrapper(_make_deadline_wrapper()):
            return self.get_response(request)


def _make_deadline_wrapper() -> Callable[..., Any]:
    """Returns a wrapper that checks the deadline before each statement, but not again while the error is answered."""
    is_over = False

    def check(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal is_over
        if not is_over:
            is_over = True
            deadline.check()
            is_over = False
        return execute(*args)

    return check
