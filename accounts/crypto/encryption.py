"""Encrypts secrets of other services that this server must read again. The key is not in the database.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from `TOKEN_KEY` and the user id, so a secret cannot be
decrypted as another user's. An older `TOKEN_KEY` among the fallbacks still decrypts.
"""

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.crypto import keyed_hash

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class DecryptionError(Exception):
    """The secret was encrypted under a key that this server no longer has."""


def encrypt(user_id: UUID, secret: str) -> bytes:
    return bytes(_build_cipher(user_id).encrypt(secret.encode()))


def decrypt(user_id: UUID, ciphertext: bytes) -> str:
    """Decrypts a secret of this user. Raises DecryptionError."""
    from cryptography.fernet import InvalidToken  # imported with the first secret: it takes 9 MB

    try:
        return str(_build_cipher(user_id).decrypt(ciphertext), "utf-8")
    except InvalidToken as error:
        raise DecryptionError from error


def _build_cipher(user_id: UUID) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    digests = keyed_hash.compute_digests("sealed secret", user_id.bytes)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
