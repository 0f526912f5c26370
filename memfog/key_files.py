"""Keys that a local server makes for itself once, and a public one must be given."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def load_or_create_key(folder: Path, name: str, *, may_create: bool) -> str:
    """Returns the key in the file `folder/name` (mode 0600), made on first use.

    Raises ImproperlyConfigured where `allowed` is false: a public server must not invent its keys, since
    a second machine would invent others.
    """
    if not may_create:
        raise ImproperlyConfigured(f"Set {name.upper()}: a server that others can reach needs it in its environment.")
    path = folder / name
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, key: str) -> None:
    # Written aside and linked into place: of two processes that start together, both read the same whole key.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
