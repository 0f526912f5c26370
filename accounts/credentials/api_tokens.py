"""API tokens: `mfg_` + base62(16-byte id ‖ 16-byte HMAC), 43 digits. Signed, not stored.

The owner can see a token at any time, a leaked database holds no credential, and a forged token is refused without a
query. The grant of a token is cached for at most `GRANT_CACHE_TTL_S` seconds, so a revocation takes effect everywhere
within that time.
"""

import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.api_base.problem import Problem
from accounts.models import Scope, Token, User

PREFIX = "mfg_"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGIT_COUNT = 43  # base62 digits that hold 32 bytes
MAX_TOKENS = 100  # per user
GRANT_CACHE_TTL_S = 4.0  # the contract allows five seconds for a revocation
_DIGIT_VALUES = {digit: value for value, digit in enumerate(DIGITS)}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token allows: its user and its scope."""

    user_id: UUID
    scope: Scope


def sign(token_id: UUID) -> str:
    """Returns the token with this id, signed with the first of `TOKEN_KEYS`."""
    number = int.from_bytes(token_id.bytes + _compute_mac(token_id.bytes, settings.TOKEN_KEYS[0]))
    digits = ""
    for _ in range(DIGIT_COUNT):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return PREFIX + digits


def verify(text: str) -> UUID | None:
    """Returns the id in a token that one of our keys signed; None for any other text. Runs no query."""
    return _verify_with_keys(text, tuple(settings.TOKEN_KEYS))


@lru_cache(maxsize=4_096)
def _verify_with_keys(text: str, keys: tuple[str, ...]) -> UUID | None:
    digits = text.removeprefix(PREFIX)
    if (
        len(text) != len(PREFIX) + DIGIT_COUNT
        or len(digits) != DIGIT_COUNT
        or not digits.isascii()
        or not digits.isalnum()
    ):
        return None
    number = 0
    for digit in digits:
        number = number * 62 + _DIGIT_VALUES[digit]
    if number >> 256:
        return None
    raw = number.to_bytes(32)
    is_signed = any(hmac.compare_digest(raw[16:], _compute_mac(raw[:16], key)) for key in keys)
    return UUID(bytes=raw[:16]) if is_signed else None


def _compute_mac(token_id: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), b"memfog token v1\0" + token_id, sha256)[:16]


_cache: dict[UUID, tuple[float, Grant | None]] = {}
_MAX_CACHED_GRANTS = 10_000


def cached_grant(token_id: UUID) -> Grant | None:
    """Returns the grant if it was loaded in the last `GRANT_CACHE_TTL_S` seconds."""
    expires_at, grant = _cache.get(token_id, (0.0, None))
    return grant if time.monotonic() < expires_at else None


def load_grant(token_id: UUID, *, client: str = "") -> Grant | None:
    """Loads the grant of a token; None if it is revoked or its owner is disabled or unverified."""
    row = (
        Token.objects.filter(id=token_id, user__is_active=True, user__email_verified_at__isnull=False)
        .values_list("user_id", "scope")
        .first()
    )
    if row is None:
        _cache.pop(token_id, None)
        return None
    grant = Grant(row[0], Scope(row[1]))
    if len(_cache) >= _MAX_CACHED_GRANTS:
        _cache.clear()
    _cache[token_id] = (time.monotonic() + GRANT_CACHE_TTL_S, grant)
    _record_use(token_id, client)
    return grant


def _record_use(token_id: UUID, client: str) -> None:
    now = timezone.now()
    is_stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - timedelta(minutes=1))
    Token.objects.filter(is_stale, id=token_id).update(last_used_at=now, client=client[:100] or None)


def create(user_id: UUID, *, name: str, scope: Scope = Scope.FULL) -> Token:
    """Creates an API token. Raises Problem `invalid_input` if the user already has `MAX_TOKENS`."""
    with transaction.atomic():
        # The owner's row is the lock: two concurrent calls must not both create the last token.
        owner = User.objects.select_for_update().get(id=user_id)
        if owner.tokens.count() >= MAX_TOKENS:
            raise Problem("invalid_input", f"You already have {MAX_TOKENS} tokens. Revoke an unused token first.")
        return owner.tokens.create(name=name, scope=scope)


def revoke(user_id: UUID, token_id: UUID) -> bool:
    """Revokes a token of this user. Returns False if the user has no such token."""
    evict_grants([token_id])
    # The number includes a device login that waits for this token.
    return Token.objects.filter(user_id=user_id, id=token_id).delete()[0] > 0


def evict_grants(token_ids: Iterable[UUID]) -> None:
    """Makes this process load these tokens again; other processes do so within `GRANT_CACHE_TTL_S` seconds."""
    for token_id in token_ids:
        _cache.pop(token_id, None)
