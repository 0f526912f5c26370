"""`manage.py digest`: prints the digest of an account's log in two lines; equal logs print equal lines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync import log_digest, user_argument


class Command(BaseCommand):
    help = "Prints digests of an account's log: equal lines on two servers mean equal events and equal deletions."

    def add_arguments(self, parser: CommandParser) -> None:
        user_argument.add_argument(parser)
        parser.add_argument("--project", default="", help="only this folder, root or repository")

    def handle(self, *args: Any, **options: Any) -> None:
        digest = log_digest.compute_digest(user_argument.resolve_user(options["user"]), project=options["project"])
        self.stdout.write(f"events   {digest.events:>12,}  {digest.events_digest}")
        self.stdout.write(f"deleted  {digest.deleted:>12,}  {digest.deleted_digest}")
