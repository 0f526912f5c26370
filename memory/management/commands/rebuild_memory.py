"""`manage.py rebuild_memory [--user …] [--later]`: derives all rows again from the log."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from events.models import Stream
from events.store import log
from memory.projection import projector, session_rebuild

BAR_CHARS = 30


class Command(BaseCommand):
    help = (
        "Derives all rows of memory again from the log. Old rows are shown until new ones replace them. "
        "User preferences stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="address or id of one user; default: all users")
        parser.add_argument("--later", action="store_true", help="leave the work to the schedule and to readers")

    def handle(self, *args: Any, user: str | None = None, later: bool = False, **options: Any) -> None:
        for user_id in [_find_user_id(user)] if user else _list_user_ids():
            projector.reset_projection(user_id)
            if not later:
                self._rebuild(user_id)

    def _rebuild(self, user_id: UUID) -> None:
        head, start, sessions = log.load_head(user_id), time.monotonic(), session_rebuild.count_marked(user_id)

        def show_progress(cursor: int) -> None:
            left = session_rebuild.count_marked(user_id)
            done = cursor + (max(0, sessions - left) * head // sessions if sessions else cursor)
            progress = min(1.0, done / (2 * head)) if head else 1.0
            events_per_s = done / 2 / max(time.monotonic() - start, 0.001)
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
