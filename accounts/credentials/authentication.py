"""Authenticates a request by the API token or access token in `Authorization: Bearer`."""

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
from accounts.credentials import api_tokens, token_grants
from accounts.credentials.token_grants import Grant
from accounts.models import Scope, User

MAX_CREDENTIAL_CHARS = 2_048  # longer credentials are refused unparsed
PERMISSIONS_BY_SCOPE = {
    Scope.CAPTURE: frozenset({"capture"}),
    Scope.FULL: frozenset({"capture", "read"}),
    Scope.SYNC: frozenset({"capture", "read", "delete"}),
}
ALL_PERMISSIONS = frozenset({"capture", "read", "delete", "account"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated user and their permissions.

    `token_id` is None for an access token. Only an access token may manage the account.
    """

    user_id: UUID
    permissions: frozenset[str]
    token_id: UUID | None = None

    def require(self, permission: str) -> None:
        if permission not in self.permissions:
            raise Problem("forbidden", f"This request needs a credential with the permission `{permission}`.")


def cached_caller(header: str | None) -> Caller | None:
    """Returns the caller of this `Authorization` header if it is known without a query; otherwise None."""
    token_id = find_token_id(header)
    grant = token_id and token_grants.find_cached(token_id)
    return make_caller(token_id, grant) if token_id and grant else None


def find_token_id(header: str | None) -> UUID | None:
    """Returns the id of the API token in this `Authorization` header if we signed it; otherwise None."""
    scheme, credential = _split_header(header)
    return api_tokens.verify(credential) if scheme == "bearer" else None


def make_caller(token_id: UUID, grant: Grant | None) -> Caller:
    """Returns the caller whom the token's grant describes. Raises Problem `not_authenticated` without a grant."""
    if grant is None:
        raise _not_authenticated_problem()
    return Caller(grant.user_id, PERMISSIONS_BY_SCOPE[grant.scope], token_id)


def identify_caller(header: str | None, *, client: str = "") -> Caller:
    """Returns the caller of this `Authorization` header. Raises Problem `not_authenticated`."""
    if not header:
        raise Problem("not_authenticated", "Send `Authorization: Bearer <token>`.")
    scheme, credential = _split_header(header)
    if scheme != "bearer" or len(credential) > MAX_CREDENTIAL_CHARS:
        raise _not_authenticated_problem()
    if credential.startswith(api_tokens.PREFIX):
        return _identify_by_api_token(credential, client)
    return _identify_by_access_token(credential)


def _split_header(header: str | None) -> tuple[str, str]:
    scheme, _, credential = (header or "").partition(" ")
    return scheme.lower(), credential.strip()


def _not_authenticated_problem() -> Problem:
    challenge = 'Bearer realm="memfog", error="invalid_token"'
    detail = "This credential is invalid, expired or revoked."
    return Problem("not_authenticated", detail, headers={"WWW-Authenticate": challenge})


def _identify_by_api_token(credential: str, client: str) -> Caller:
    token_id = api_tokens.verify(credential)
    if token_id is None:
        raise _not_authenticated_problem()
    grant = token_grants.find_cached(token_id) or token_grants.load(token_id, client=client)
    return make_caller(token_id, grant)


def _identify_by_access_token(credential: str) -> Caller:
    try:
        claims = AccessToken(credential.encode("ascii"))  # type: ignore[arg-type]  # PyJWT decodes bytes
        user_id, epoch = UUID(claims["sub"]), int(claims["epoch"])
    except (TokenError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise _not_authenticated_problem() from None
    users = User.objects.filter(id=user_id, credential_epoch=epoch, is_active=True, email_verified_at__isnull=False)
    if not users.exists():
        raise _not_authenticated_problem()
    return Caller(user_id, ALL_PERMISSIONS)


def create_access_token(user: User) -> str:
    """Creates a JWT for one hour. It holds the user's epoch and nothing derived from the password."""
    token = AccessToken.for_user(user)
    token["epoch"] = user.credential_epoch
    return str(token)


def get_caller(request: Request) -> Caller:
    """Returns the caller of an API view that requires a credential."""
    return cast("Caller", request.auth)


def load_owner(caller: Caller) -> User:
    """Loads the caller's user. Raises Problem `not_authenticated` if the user is deleted or disabled.

    A cached grant can outlive its user by some seconds.
    """
    user = User.objects.filter(id=caller.user_id, is_active=True).first()
    if user is None:
        raise _not_authenticated_problem()
    return user


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        header = request.headers.get("Authorization")
        if not header:
            return None
        caller = identify_caller(header, client=request.headers.get("User-Agent", ""))
        return SimpleLazyObject(partial(load_owner, caller)), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="memfog"'


class HasRequiredPermission(BasePermission):
    """Requires the permission that the view names in `required_permission` (default: `read`)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise Problem("not_authenticated", "Send `Authorization: Bearer <token>`.")
        get_caller(request).require(getattr(view, "required_permission", "read"))
        return True


class PasswordBackend(ModelBackend):
    """Django's backend, for verified accounts only: an unproven address gives no access."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return super().user_can_authenticate(user) and isinstance(user, User) and user.email_verified
