"""Exports and imports the name of an account. Address, password and tokens are never exported."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts import validators
from accounts.lifecycle import account_changes
from accounts.models import User

RECORD_NAMES = ("account",)


def export_records(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    name = User.objects.values_list("display_name", flat=True).get(id=user_id)
    if name:
        yield "account", {"display_name": name}


def import_record(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """Sets the name if the account has none: see `events.archive.exporters`."""
    display_name = values.get("display_name")
    if (
        values.keys() != {"display_name"}
        or not isinstance(display_name, str)
        or not _is_valid_name(display_name.strip())
    ):
        raise ValueError("`display_name` is not a valid account name")
    user = User.objects.get(id=user_id)
    if user.display_name:
        return False
    account_changes.change_display_name(user, display_name)
    return True


def _is_valid_name(name: str) -> bool:
    try:
        validators.validate_display_name(name)
    except ValidationError:
        return False
    return True
