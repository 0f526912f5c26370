"""`manage.py migrate`, which waits for a table only briefly: all others who want the table wait behind it."""

from typing import Any

from django.core.management.commands import migrate

from events import work_kinds
from events.isolation import work_limits


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        work_limits.use(work_kinds.MIGRATION)
        output: str | None = super().execute(*args, **options)
        return output
