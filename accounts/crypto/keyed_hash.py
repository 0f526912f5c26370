"""Keyed digests for codes that people type: the database alone does not reveal a code."""

import hmac
from hashlib import sha256

from django.conf import settings


def compute_digests(purpose: str, value: bytes) -> list[bytes]:
    """Returns a digest of 32 bytes under each of `TOKEN_KEYS`.

    Store the first digest; compare a stored digest with all of them.
    """
    return [hmac.digest(key.encode(), f"memfog {purpose}\0".encode() + value, sha256) for key in settings.TOKEN_KEYS]
