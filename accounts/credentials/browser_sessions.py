"""Sessions of browsers: Django's, in a table that knows whose each is and holds no cookie."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Session, User

SEEN_EVERY = timedelta(minutes=5)  # coarse, so that reading a page seldom writes


class SessionStore(DatabaseStore):
    """Finds a session by the digest of its key, so a copy of the database signs nobody in."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = _named(self.session_key).filter(expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        if row.seen_at < timezone.now() - SEEN_EVERY:
            _named(self.session_key).update(seen_at=timezone.now())
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return _named(session_key).exists()

    def delete(self, session_key: str | None = None) -> None:
        _named(session_key or self.session_key).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]  # the class named above
        row.session_key = digest(row.session_key)
        row.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.browser = data.get("browser", "")
        # Every save writes the whole row, so what must last stands in the data.
        row.since = datetime.fromisoformat(data["since"]) if "since" in data else timezone.now()
        return row


def digest(session_key: str) -> str:
    """The name of a session where others may read it."""
    return sha256(session_key.encode()).hexdigest()[:40]


def _named(session_key: str | None) -> QuerySet[Session]:
    return Session.objects.filter(session_key=digest(session_key or ""))


def of(user_id: UUID) -> QuerySet[Session]:
    """Where this user is signed in, the latest first."""
    return Session.objects.of(user_id).filter(expire_date__gt=timezone.now()).order_by("-seen_at")


def end(user_id: UUID, name: str) -> bool:
    """Ends the session of this user with this name. False when there is none."""
    return Session.objects.of(user_id).filter(session_key=name).delete()[0] > 0


def sign_out(user_id: UUID, *, but: str | None = None) -> None:
    """Ends the access tokens of this user and every session, except the one with the key `but`."""
    with transaction.atomic():
        User.objects.filter(id=user_id).update(epoch=F("epoch") + 1)
        end_all(user_id, but=but)


def end_all(user_id: UUID, *, but: str | None = None) -> None:
    """Ends every session of this user; `but` is the key of the one that stays."""
    Session.objects.of(user_id).exclude(session_key=digest(but) if but else "").delete()
