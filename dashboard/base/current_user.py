"""Whose page it is."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User


def get_user_id(request: HttpRequest) -> UUID:
    """The id of the signed-in user. Behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  # what the decorator saw to
    return request.user.id
