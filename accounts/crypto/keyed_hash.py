"""Digests that only this server can make, for codes that people type: the database alone is no list of them."""

import hmac
from hashlib import sha256

from django.conf import settings


def compute_digests(purpose: str, value: bytes) -> list[bytes]:
    """32 bytes under each of `TOKEN_KEYS`. The first is the one to store; a stored one is among them."""
    return [hmac.digest(key.encode(), f"memfog {purpose}\0".encode() + value, sha256) for key in settings.TOKEN_KEYS]
