"""Browser sessions: Django's sessions, in a table that knows the user of each and holds no cookie."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import BrowserSession, User

LAST_SEEN_INTERVAL = timedelta(minutes=5)  # coarse, so that reading a page seldom writes


class SessionStore(DatabaseStore):
    """Finds a session by the digest of its key, so that a copy of the database signs no one in."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def load(self) -> dict[str, Any]:
        row = _filter_by_key(self.session_key).filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        if row.last_seen_at < timezone.now() - LAST_SEEN_INTERVAL:
            _filter_by_key(self.session_key).update(last_seen_at=timezone.now())
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return _filter_by_key(session_key).exists()

    def delete(self, session_key: str | None = None) -> None:
        _filter_by_key(session_key or self.session_key).delete()

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        row: BrowserSession = super().create_model_instance(data)  # type: ignore[assignment]  # the class that `get_model_class` returns
        row.session_key = digest_key(row.session_key)
        row.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.browser = data.get("browser", "")
        # Every save writes the whole row, so a lasting value must be in the session data.
        row.signed_in_at = datetime.fromisoformat(data["since"]) if "since" in data else timezone.now()
        return row


def digest_key(session_key: str) -> str:
    """Returns the digest that names a session in the table and on pages."""
    return sha256(session_key.encode()).hexdigest()[:40]


def _filter_by_key(session_key: str | None) -> QuerySet[BrowserSession]:
    return BrowserSession.objects.filter(session_key=digest_key(session_key or ""))


def for_user(user_id: UUID) -> QuerySet[BrowserSession]:
    """Returns the active sessions of this user, most recently seen first."""
    return BrowserSession.objects.for_user(user_id).filter(expire_date__gt=timezone.now()).order_by("-last_seen_at")


def end_session(user_id: UUID, session_digest: str) -> bool:
    """Ends the session of this user with this digest. Returns False if there is none."""
    return BrowserSession.objects.for_user(user_id).filter(session_key=session_digest).delete()[0] > 0


def sign_out(user_id: UUID, *, except_session_key: str | None = None) -> None:
    """Ends the access tokens and the sessions of this user, except the session with the key `except_session_key`."""
    with transaction.atomic():
        User.objects.filter(id=user_id).update(credential_epoch=F("credential_epoch") + 1)
        end_all_sessions(user_id, except_session_key=except_session_key)


def end_all_sessions(user_id: UUID, *, except_session_key: str | None = None) -> None:
    """Ends every session of this user, except the session with the key `except_session_key`."""
    BrowserSession.objects.for_user(user_id).exclude(
        session_key=digest_key(except_session_key) if except_session_key else ""
    ).delete()
