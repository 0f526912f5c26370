"""What an export holds of the account itself: the name. Address, password and tokens stay where they are."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from accounts import forms, profile
from accounts.models import User

NAMES = ("account",)


def told(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    name = User.objects.values_list("display_name", flat=True).get(id=user_id)
    if name:
        yield "account", {"display_name": name}


def take(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """As `events.carriers` has it."""
    form = forms.Name({"display_name": values.get("display_name")})
    if values.keys() != {"display_name"} or not isinstance(values["display_name"], str) or not form.is_valid():
        raise ValueError("`display_name` is no name that an account can have")
    user = User.objects.get(id=user_id)
    if user.display_name:
        return False
    profile.rename(user, form.cleaned_data["display_name"])
    return True
