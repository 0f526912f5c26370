"""Makes the password hashes of tests cheap: a real one takes as long as a hundred requests."""

from accounts.crypto.password_hashing import Argon2id

MEMORY_KIB = 64  # instead of 46 MiB


def use_light_hashing() -> None:
    """Reduces the memory that this process and its forks use for a new hash. A check uses what the hash says."""
    Argon2id.memory_cost = MEMORY_KIB
