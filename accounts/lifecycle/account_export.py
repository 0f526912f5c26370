"""What an export holds of the account itself: the name. Address, password and tokens stay where they are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts import validators
from accounts.lifecycle import account_changes
from accounts.models import User

NAMES = ("account",)


def told(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    name = User.objects.values_list("display_name", flat=True).get(id=user_id)
    if name:
        yield "account", {"display_name": name}


def take(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """As `events.archive.exporters` has it."""
    told = values.get("display_name")
    if values.keys() != {"display_name"} or not isinstance(told, str) or not _can_be(told.strip()):
        raise ValueError("`display_name` is no name that an account can have")
    user = User.objects.get(id=user_id)
    if user.display_name:
        return False
    account_changes.rename(user, told)
    return True


def _can_be(name: str) -> bool:
    try:
        validators.display_name(name)
    except ValidationError:
        return False
    return True
