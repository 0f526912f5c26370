"""Gives each page its budget of work on captured text, and ends it once nobody waits for it."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from dashboard.render import render_budget
from dashboard.render.render_budget import Budget
from events import deadline
from memfog.server.django_answer import SAFE


class PageWorkMiddleware:
    """The first, so that the page's last byte is within it. The door says until when somebody waits."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with render_budget.spending(Budget()):
            # What may have changed something is done to its end.
            return self._answer_while_awaited(request) if request.method in SAFE else self.answer(request)

    def _answer_while_awaited(self, request: HttpRequest) -> HttpResponse:
        with connection.execute_wrapper(_checking()):
            return self.answer(request)


def _checking() -> Callable[..., Any]:
    """Each statement is an occasion to end; what is asked for the answer then is asked."""
    is_over = False

    def check(execute: Callable[..., Any], *asked: Any) -> Any:
        nonlocal is_over
        if not is_over:
            is_over = True
            deadline.check()
            is_over = False
        return execute(*asked)

    return check
