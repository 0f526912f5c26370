"""Validators of input, shared by the API's serializers and the pages' forms."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import canonicalize_email

MAX_EMAIL_CHARS = 254  # RFC 5321 by way of RFC 3696 erratum 1690
MAX_NAME_CHARS = 200
MAX_CODE_CHARS = 40  # code of a second step, with the spaces and dashes that people type


def validate_email_address(text: str) -> None:
    """Checks that mail can go to this address, in its canonical spelling. Raises ValidationError."""
    # Length first, because folding a long text is wasted work.
    if len(text) > MAX_EMAIL_CHARS or len(canonicalize_email(text)) > MAX_EMAIL_CHARS:
        raise ValidationError(f"An address has at most {MAX_EMAIL_CHARS} characters.", code="max_length")
    validate_single_line(text)
    # Django accepts control characters within quotes, but no mailbox of a person has them.
    validate_email(canonicalize_email(text))


def validate_display_name(text: str) -> None:
    """Checks that an account can have this name. Raises ValidationError."""
    if len(text) > MAX_NAME_CHARS:
        raise ValidationError(f"A name has at most {MAX_NAME_CHARS} characters.", code="max_length")
    validate_single_line(text)


def validate_single_line(text: str) -> None:
    """Rejects line breaks and other control characters, which could end a mail header, and lone surrogates."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise ValidationError("Line breaks and control characters are not allowed.", code="control_character")
