"""Users for tests (Alice, Bob, an operator) with their credentials. The ORM creates them in the server's database."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.credentials import api_tokens, authentication
from accounts.models import Scope, User
from tests.server import DEADLINE, LIMITS, NO_TLS, wait_for_answer

PASSWORD = "correct horse battery staple"


def make_user(email: str | None = None, *, password: str = PASSWORD, verified: bool = True, **fields: Any) -> User:
    """Creates and commits a user, who has the API token that every new account gets."""
    at = timezone.now() if verified else None
    user = User.objects.create_user(email or f"{uuid4().hex}@example.com", email_verified_at=at, **fields)
    User.objects.filter(id=user.id).update(password=_hash(password, settings.PASSWORD_HASHERS[0]))
    user.refresh_from_db()
    return user


@cache
def _hash(password: str, hasher: str) -> str:
    """Cached: hashing is slow by design, and most users in tests have the same password. `hasher` is the one in use."""
    return make_password(password)


@dataclass(frozen=True)
class Person:
    """A user, an API token of this user, and an HTTP client that sends the token."""

    user: User
    token: str
    http: httpx.Client

    @property
    def id(self) -> UUID:
        return self.user.id

    def push(self, *events: dict[str, Any]) -> dict[str, Any]:
        # `json.dumps` escapes a lone surrogate. The encoder of httpx cannot write one.
        body = json.dumps({"events": events})
        answer = wait_for_answer(lambda: self.http.post("/sync/push", content=body))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def walk(self, cursor: str = "", **query: Any) -> list[dict[str, Any]]:
        """Returns all events after a cursor. Reads them page by page."""
        events: list[dict[str, Any]] = []
        while True:
            page = self.http.post("/sync/pull", json={"cursor": cursor, **query}).json()
            if page["next_cursor"] == cursor:
                return events
            events += page["events"]
            cursor = page["next_cursor"]

    def access_token(self) -> str:
        return authentication.create_access_token(self.user)


class People:
    """Creates users with HTTP clients of one server. `close` closes the clients."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clients: list[httpx.Client] = []

    def __call__(self, user: User | None = None, *, scope: Scope = Scope.FULL) -> Person:
        user = user or make_user()
        token = api_tokens.sign(api_tokens.create(user.id, name="test", scope=scope).id)
        return Person(user, token, self.client({"Authorization": f"Bearer {token}"}))

    def client(self, headers: dict[str, str]) -> httpx.Client:
        client = httpx.Client(
            base_url=self.url, headers=headers, timeout=DEADLINE, verify=NO_TLS, trust_env=False, limits=LIMITS
        )
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()
