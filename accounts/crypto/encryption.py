"""Secrets of other services, which this server must be able to read again: encrypted, by a key that is not beside them.

Fernet (AES-128-CBC with HMAC-SHA256) under a key made from `TOKEN_KEY` and whose secret it is: another user's row opens
nothing. An older `TOKEN_KEY` among the fallbacks still opens.
"""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.crypto import keyed_hash

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class DecryptionError(Exception):
    """Sealed under a key that this server has no more."""


def encrypt(user_id: UUID, secret: str) -> bytes:
    return bytes(_build_cipher(user_id).encrypt(secret.encode()))


def decrypt(user_id: UUID, ciphertext: bytes) -> str:
    """Raises Unreadable."""
    from cryptography.fernet import InvalidToken  # loaded with the first secret: it takes 9 MB

    try:
        return str(_build_cipher(user_id).decrypt(ciphertext), "utf-8")
    except InvalidToken as error:
        raise DecryptionError from error


def _build_cipher(user_id: UUID) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    digests = keyed_hash.compute_digests("sealed secret", user_id.bytes)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
