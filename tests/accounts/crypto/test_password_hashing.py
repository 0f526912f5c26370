"""Passwords are hashed at the cost that OWASP recommends."""

import subprocess
import sys

from tests.forking import ROOT

HASH = "from accounts.crypto.password_hashing import Argon2id; print(Argon2id().encode('fog', 'a salt of tests'))"


def test_a_hash_takes_46_mebibytes_of_memory() -> None:
    # A process of its own: this one and its forks use less memory (`tests.light_hashing`).
    hashed = subprocess.run([sys.executable, "-c", HASH], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "$argon2id$v=19$m=47104,t=1,p=1$" in hashed
