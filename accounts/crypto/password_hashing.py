"""Argon2id with bounded concurrency: ten simultaneous sign-ins must not take half a gigabyte."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

_HASH_SLOTS = BoundedSemaphore(4)


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's first choice of parameters: 46 MiB, one pass, one lane."""

    time_cost = 1
    memory_cost = 46 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _HASH_SLOTS:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _HASH_SLOTS:
            return super().verify(password, encoded)
