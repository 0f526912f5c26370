"""Loads the key files of a local server, which creates them once. A public server needs keys from its environment."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def load_or_create_key(folder: Path, name: str, *, may_create: bool) -> str:
    """Returns the key in the file `folder/name` (mode 0600); creates the file on first use.

    Raises ImproperlyConfigured where `may_create` is false: a public server must not create keys, since a second
    machine would create different ones.
    """
    if not may_create:
        raise ImproperlyConfigured(f"Set {name.upper()}: a public server needs this key in its environment.")
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, key: str) -> None:
    # Write a temporary file and link it to the final name: two processes that start together read the same whole key.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
