"""How a request proves whose it is: an API token or an access token in `Authorization: Bearer`."""

from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.api_base.problem import Problem
from accounts.credentials import api_tokens
from accounts.models import Scope, User

LONGEST = 2_048  # characters of a credential worth looking at
ALLOWS = {
    Scope.CAPTURE: frozenset({"capture"}),
    Scope.FULL: frozenset({"capture", "read"}),
    Scope.SYNC: frozenset({"capture", "read", "delete"}),
}
EVERYTHING = frozenset({"capture", "read", "delete", "account"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls and what for. `token_id` is None for an access token, which alone may manage the account."""

    user_id: UUID
    may: frozenset[str]
    token_id: UUID | None = None

    def need(self, scope: str) -> None:
        if scope not in self.may:
            raise Problem("forbidden", f"This needs a credential with the scope `{scope}`.")


def known(header: str | None) -> Caller | None:
    """The caller of this `Authorization` header if that can be told without the database."""
    kind, credential = _split(header)
    token_id = api_tokens.open_(credential) if kind == "bearer" else None
    grant = token_id and api_tokens.cached(token_id)
    return Caller(grant.user_id, ALLOWS[grant.scope], token_id) if grant else None


def identify(header: str | None, *, client: str = "") -> Caller:
    """The caller of this `Authorization` header. Raises Problem `not_authenticated`."""
    if not header:
        raise Problem("not_authenticated", "Send `Authorization: Bearer <token>`.")
    kind, credential = _split(header)
    if kind != "bearer" or len(credential) > LONGEST:
        raise _refused()
    if credential.startswith(api_tokens.PREFIX):
        return _by_api_token(credential, client)
    return _by_access_token(credential)


def _split(header: str | None) -> tuple[str, str]:
    kind, _, credential = (header or "").partition(" ")
    return kind.lower(), credential.strip()


def _refused() -> Problem:
    challenge = 'Bearer realm="memfog", error="invalid_token"'
    detail = "This credential is not valid (any more)."
    return Problem("not_authenticated", detail, headers={"WWW-Authenticate": challenge})


def _by_api_token(credential: str, client: str) -> Caller:
    token_id = api_tokens.open_(credential)
    grant = token_id and (api_tokens.cached(token_id) or api_tokens.look_up(token_id, client=client))
    if not grant:
        raise _refused()
    return Caller(grant.user_id, ALLOWS[grant.scope], token_id)


def _by_access_token(credential: str) -> Caller:
    try:
        claims = AccessToken(credential.encode("ascii"))  # type: ignore[arg-type]  # bytes are what PyJWT decodes
        user_id, epoch = UUID(claims["sub"]), int(claims["epoch"])
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise _refused() from None
    live = User.objects.filter(id=user_id, epoch=epoch, is_active=True, email_verified_at__isnull=False)
    if not live.exists():
        raise _refused()
    return Caller(user_id, EVERYTHING)


def access_token(user: User) -> str:
    """A JWT for one hour. It names the user's epoch, nothing derived from the password."""
    token = AccessToken.for_user(user)
    token["epoch"] = user.epoch
    return str(token)


def caller(request: Request) -> Caller:
    """Who calls an API view that asks for a credential."""
    return cast("Caller", request.auth)


def owner(caller: Caller) -> User:
    """The caller's row. Raises Problem `not_authenticated` if it is gone: a grant is believed for some seconds."""
    user = User.objects.filter(id=caller.user_id, is_active=True).first()
    if user is None:
        raise _refused()
    return user


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        header = request.headers.get("Authorization")
        if not header:
            return None
        caller = identify(header, client=request.headers.get("User-Agent", ""))
        return SimpleLazyObject(partial(owner, caller)), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="memfog"'


class HasScope(BasePermission):
    """The credential has the scope that the view names in `needs` (default: `read`)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise Problem("not_authenticated", "Send `Authorization: Bearer <token>`.")
        caller(request).need(getattr(view, "needs", "read"))
        return True


class PasswordBackend(ModelBackend):
    """Django's own, for verified accounts: an address nobody has proven opens nothing."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return super().user_can_authenticate(user) and isinstance(user, User) and user.email_verified
