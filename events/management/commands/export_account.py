"""`manage.py export_account --user EMAIL`: writes the whole account as NDJSON, which `import_account` imports."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from events.archive import account_archive


class Command(BaseCommand):
    help = "Writes the whole account to standard output, as `GET /api/export?whole=1` returns it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the email address of the account")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        owner = User.objects.filter(email=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}.")
        for piece in account_archive.export_chunks(owner.id, whole_account=True):
            self.stdout.write(piece, ending="")
