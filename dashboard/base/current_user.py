"""The user of a request."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User


def get_user_id(request: HttpRequest) -> UUID:
    """Returns the id of the signed-in user. Only for views behind `login_required`."""
    assert isinstance(request.user, User)  # noqa: S101  # `login_required` ensures this
    return request.user.id
