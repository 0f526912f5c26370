"""The mails of a local Memfog, one file each, so that all of its processes share them."""

import email
import os
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from secrets import token_hex

from django.conf import settings

MAX_MAILS = 500  # older mails are deleted


def save_mail(message: bytes) -> None:
    """Saves a mail for the user of this process only, because it holds a secret link."""
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{token_hex(4)}"
    temporary_path = Path(settings.DATA_DIR) / f".mail-{name}"
    with os.fdopen(os.open(temporary_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message)
    # The rename is atomic, so that a reader never finds half a mail.
    temporary_path.rename(_get_folder() / f"{name}.eml")
    for old in _list_files()[MAX_MAILS:]:
        old.unlink(missing_ok=True)


def list_mails() -> list[tuple[str, EmailMessage]]:
    """Returns the saved mails with their names, newest first."""
    return [(path.stem, _parse_file(path)) for path in _list_files()]


def load_mail(name: str) -> EmailMessage | None:
    path = _get_folder() / f"{name}.eml"
    # The pattern keeps the path inside the folder.
    return _parse_file(path) if re.fullmatch(r"[0-9a-f-]{1,60}", name) and path.is_file() else None


def get_part_text(message: EmailMessage, subtype: str) -> str:
    """Returns the text of the part `plain` or `html`; empty if the mail has no such part."""
    body = message.get_body((subtype,))
    return str(body.get_content()) if body else ""


def _get_folder() -> Path:
    path = Path(settings.DATA_DIR) / "mail"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _list_files() -> list[Path]:
    return sorted(_get_folder().glob("*.eml"), reverse=True)


def _parse_file(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), EmailMessage, policy=modern)
