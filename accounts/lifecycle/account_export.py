"""Exports and imports the name of an account and of its machines. Address, password and tokens are never exported."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts import validators
from accounts.api_base.problem import Problem
from accounts.lifecycle import account_changes
from accounts.machines import machine_names
from accounts.models import User

RECORD_NAMES = ("account", "machine")


def export_records(user_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    name = User.objects.values_list("display_name", flat=True).get(id=user_id)
    if name:
        yield "account", {"display_name": name}
    for machine, shown in sorted(machine_names.load_names(user_id).items()):
        yield "machine", {"machine": machine, "name": shown}


def import_record(user_id: UUID, name: str, values: dict[str, Any]) -> bool:
    """Sets a name if there is none yet: see `events.archive.exporters`."""
    return _import_machine(user_id, values) if name == "machine" else _import_account(user_id, values)


def _import_machine(user_id: UUID, values: dict[str, Any]) -> bool:
    machine, shown = values.get("machine"), values.get("name")
    if values.keys() != {"machine", "name"} or not isinstance(machine, str) or not isinstance(shown, str):
        raise ValueError("`machine` and `name` are not the name of a machine")
    if machine in machine_names.load_names(user_id):
        return False
    try:
        machine_names.set_name(user_id, machine, shown)
    except Problem as problem:
        raise ValueError(problem.detail) from None
    return True


def _import_account(user_id: UUID, values: dict[str, Any]) -> bool:
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
