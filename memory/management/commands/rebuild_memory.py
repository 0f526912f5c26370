"""`manage.py rebuild_memory [--user …]`: throws away what is derived and makes it again from the log."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from events.models import Stream
from events.store import log
from memory.projection import projector

WIDTH = 30


class Command(BaseCommand):
    help = "Derives sessions and all else of memory anew from the log. What users chose stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="the address or the id of one user; without it, everybody")

    def handle(self, *args: Any, user: str | None = None, **options: Any) -> None:
        for user_id in [_one(user)] if user else _everybody():
            self._rebuild(user_id)

    def _rebuild(self, user_id: UUID) -> None:
        head, start = log.head(user_id), time.monotonic()
        projector.start_over(user_id)

        def told(cursor: int) -> None:
            share = min(1.0, cursor / head) if head else 1.0
            pace = cursor / max(time.monotonic() - start, 0.001)
            bar = "█" * round(WIDTH * share)
            self.stdout.write(f"\r{user_id}  {bar:<{WIDTH}}  {share:4.0%}  {pace:,.0f} events/s", ending="")
            self.stdout.flush()

        projector.catch_up(user_id, told=told)
        told(head)
        self.stdout.write("")


def _one(user: str) -> UUID:
    by_address = User.objects.filter(email__iexact=user).values_list("id", flat=True).first()
    try:
        user_id = by_address or UUID(user)
    except ValueError:
        user_id = None
    if user_id is None or not User.objects.filter(id=user_id).exists():
        raise CommandError(f"There is no user {user}.")
    return user_id


def _everybody() -> list[UUID]:
    return list(Stream.objects.filter(head__gt=0).values_list("user_id", flat=True))
