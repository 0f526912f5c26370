"""API tokens: `mfg_` + base62(16-byte id ‖ 16-byte HMAC), 43 digits. Signed, not stored.

The owner can see a token at any time, a leaked database holds no credential, and a forged token is refused without a
query. The permissions of a token are in the database; see `token_grants` and `token_revocation`.
"""

import hmac
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.api_base.problem import Problem
from accounts.models import Scope, Token, User

PREFIX = "mfg_"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGIT_COUNT = 43  # base62 digits that hold 32 bytes
MAX_TOKENS = 100  # per user
_DIGIT_VALUES = {digit: value for value, digit in enumerate(DIGITS)}


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


def create(user_id: UUID, *, name: str, scope: Scope = Scope.FULL) -> Token:
    """Creates an API token. Raises Problem `invalid_input` if the user already has `MAX_TOKENS`."""
    with transaction.atomic():
        # The owner's row is the lock: two concurrent calls must not both create the last token.
        owner = User.objects.select_for_update().get(id=user_id)
        check_token_limit(owner)
        return owner.tokens.create(name=name, scope=scope)


def check_token_limit(owner: User) -> None:
    """Raises Problem `invalid_input` if the user, whose row is locked, has `MAX_TOKENS`."""
    if owner.tokens.count() >= MAX_TOKENS:
        raise Problem("invalid_input", f"You already have {MAX_TOKENS} tokens. Revoke an unused token first.")
