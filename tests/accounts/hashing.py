"""A password hasher: Argon2id that counts its calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from accounts.crypto.password_hashing import Argon2id


@dataclass
class Count:
    total: int = 0

    def take(self) -> int:
        """Returns the number of calls since the last `take`."""
        taken, self.total = self.total, 0
        return taken


_count = Count()


@contextmanager
def counting() -> Iterator[Count]:
    _count.take()
    yield _count


class Counted(Argon2id):
    def encode(self, password: str, salt: str) -> str:
        _count.total += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        _count.total += 1
        return super().verify(password, encoded)
