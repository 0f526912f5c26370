"""Where users are signed in."""

from typing import ClassVar
from uuid import UUID

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from accounts.models.user import User


class BrowserSessionQuerySet(models.QuerySet["BrowserSession"]):
    def for_user(self, user_id: UUID) -> "BrowserSessionQuerySet":
        return self.filter(user_id=user_id)


class BrowserSession(AbstractBaseSession):
    """A browser's session. `session_key` is a digest of what the cookie holds: the table lets nobody in.

    No address of the visitor is kept. With its user's row a session goes too.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    browser = models.CharField(max_length=40, blank=True)
    signed_in_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["BrowserSession"]] = models.Manager.from_queryset(BrowserSessionQuerySet)()  # type: ignore[assignment]  # Django's would not do more
