"""Sessions of signed-in browsers."""

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
    """A browser's session. `session_key` is a digest of the cookie's value, so the table gives no access.

    The visitor's IP address is not stored. Deleting the user deletes the session.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    browser = models.CharField(max_length=40, blank=True)
    signed_in_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager["BrowserSession"]] = models.Manager.from_queryset(BrowserSessionQuerySet)()  # type: ignore[assignment]  # Django's manager adds nothing here
