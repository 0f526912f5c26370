"""The `--user` argument that selects the account of a command."""

from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.models import User


def add_argument(parser: CommandParser) -> None:
    parser.add_argument("--user", help="the email address or id of the account; optional if there is only one account")


def resolve_user(email_or_id: str | None) -> UUID:
    """Returns the id of the account with this address or id, or of the only account. Raises CommandError."""
    users = User.objects.filter(is_active=True)
    if email_or_id:
        found = users.filter(id=email_or_id) if _is_uuid(email_or_id) else users.filter(email=email_or_id)
    else:
        found = users.order_by("created_at")[:2]
    ids = list(found.values_list("id", flat=True))
    if not ids:
        raise CommandError(
            f"There is no account {email_or_id}." if email_or_id else "There is no account yet. Sign up first."
        )
    if len(ids) > 1:
        raise CommandError("There are several accounts. Choose one with --user ADDRESS")
    return ids[0]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
