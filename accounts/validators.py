"""What may be typed into a field: the same for the API's serializers and the pages' forms."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import canonical

LONGEST_ADDRESS = 254  # RFC 5321 by way of RFC 3696 erratum 1690
LONGEST_NAME = 200
LONGEST_CODE = 40  # of a second step, with the spaces and dashes that people put in


def address(text: str) -> None:
    """An address that mail can go to, in the spelling under which it is kept."""
    # Length first: folding a long text is work for nothing.
    if len(text) > LONGEST_ADDRESS or len(canonical(text)) > LONGEST_ADDRESS:
        raise ValidationError(f"An address has at most {LONGEST_ADDRESS} characters.", code="max_length")
    one_line(text)
    # Django takes control characters within quotes; no mailbox of a person has them.
    validate_email(canonical(text))


def display_name(text: str) -> None:
    """A name that an account can have."""
    if len(text) > LONGEST_NAME:
        raise ValidationError(f"A name has at most {LONGEST_NAME} characters.", code="max_length")
    one_line(text)


def one_line(text: str) -> None:
    """No line breaks and other control characters, which could end a mail header; no half characters."""
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise ValidationError("Line breaks and control characters are not allowed.", code="control_character")
