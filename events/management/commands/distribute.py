"""`manage.py distribute --dry-run`: prints the statements of Citus that distribute the tables by user."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from events.isolation import distribution


class Command(BaseCommand):
    help = "Prints the statements that distribute the tables over several machines with Citus. See docs/scale.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", required=True, help="print the statements only")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only a PostgreSQL database can be distributed. Set DATABASE_URL.")
        tables = distribution.load_tables()
        if problems := distribution.list_problems(tables):
            raise CommandError("\n".join(problems))
        for statement in distribution.build_statements(tables):
            self.stdout.write(statement)
