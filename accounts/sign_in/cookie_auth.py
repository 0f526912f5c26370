"""Finds the signed-in user by the cookies of a request that does not pass through Django."""

from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie

from accounts.models import User
from accounts.sign_in.operator_access import lacks_second_step


def load_user_id(cookie_header: str) -> UUID | None:
    """Returns the user of the session that these cookies name; None if there is none or it has ended."""
    key = parse_cookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    if not isinstance(user, User) or lacks_second_step(user, request.session.get("proof", "")):
        return None
    return user.id
