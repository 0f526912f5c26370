"""Whose log a command is about."""

from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.models import User


def add_argument(parser: CommandParser) -> None:
    parser.add_argument("--user", help="the address or the id of the account; not needed where there is only one")


def one(named: str | None) -> UUID:
    """The account of this name, or the only one. Raises CommandError."""
    users = User.objects.filter(is_active=True)
    if named:
        found = users.filter(id=named) if _is_id(named) else users.filter(email=named)
    else:
        found = users.order_by("created_at")[:2]
    ids = list(found.values_list("id", flat=True))
    if not ids:
        raise CommandError(f"There is no account {named}." if named else "There is no account yet: sign up first.")
    if len(ids) > 1:
        raise CommandError("There are several accounts here. Say which: --user ADDRESS")
    return ids[0]


def _is_id(named: str) -> bool:
    try:
        UUID(named)
    except ValueError:
        return False
    return True
