"""`manage.py rebuild_memory [--user …]`: deletes derived rows and projects them again from the log."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from events.models import Stream
from events.store import log
from memory.projection import projector

BAR_CHARS = 30


class Command(BaseCommand):
    help = "Rebuilds all derived rows of memory from the log. User preferences stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="address or id of one user; default: all users")

    def handle(self, *args: Any, user: str | None = None, **options: Any) -> None:
        for user_id in [_find_user_id(user)] if user else _list_user_ids():
            self._rebuild(user_id)

    def _rebuild(self, user_id: UUID) -> None:
        head, start = log.load_head(user_id), time.monotonic()
        projector.reset_projection(user_id)

        def show_progress(cursor: int) -> None:
            progress = min(1.0, cursor / head) if head else 1.0
            events_per_s = cursor / max(time.monotonic() - start, 0.001)
            bar = "█" * round(BAR_CHARS * progress)
            self.stdout.write(
                f"\r{user_id}  {bar:<{BAR_CHARS}}  {progress:4.0%}  {events_per_s:,.0f} events/s", ending=""
            )
            self.stdout.flush()

        projector.catch_up(user_id, on_progress=show_progress)
        show_progress(head)
        self.stdout.write("")


def _find_user_id(user: str) -> UUID:
    by_address = User.objects.filter(email__iexact=user).values_list("id", flat=True).first()
    try:
        user_id = by_address or UUID(user)
    except ValueError:
        user_id = None
    if user_id is None or not User.objects.filter(id=user_id).exists():
        raise CommandError(f"There is no user {user}.")
    return user_id


def _list_user_ids() -> list[UUID]:
    return list(Stream.objects.filter(head__gt=0).values_list("user_id", flat=True))
