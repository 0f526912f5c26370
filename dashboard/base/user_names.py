"""Loads the names and colors that pages show to the user of a request: two statements, if any is asked for."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from accounts.machines import machine_names
from accounts.models import User
from dashboard.render import shown_names
from dashboard.render.shown_names import ShownNames
from events.store import locations

# Later projects have colors by their names. Each page reads all of these.
MAX_PROJECTS = 1_000


def load_names(user_id: UUID) -> ShownNames:
    first = locations.list_first_uses(user_id, MAX_PROJECTS)
    machines = machine_names.load_names(user_id)
    return shown_names.build_names(first.projects, machines, is_complete=first.is_complete)


class UserNamesMiddleware:
    """Sets the names of a request. It comes after the middleware that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with shown_names.use_names(lambda: _load_for(request)):
            return self.get_response(request)


def _load_for(request: HttpRequest) -> ShownNames:
    return load_names(request.user.id) if isinstance(request.user, User) else ShownNames()
