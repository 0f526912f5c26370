"""The rules for passwords, and the error for a password that breaks them."""

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.api_base.problem import Problem
from accounts.models import User


class LengthValidator:
    def validate(self, password: str, user: Any = None) -> None:
        min_chars, max_chars = settings.PASSWORD_LENGTH
        if len(password) < min_chars:
            raise ValidationError(f"Use at least {min_chars} characters.", code="password_too_short")
        if len(password) > max_chars:
            raise ValidationError(f"Use at most {max_chars:,} characters.", code="password_too_long")

    def get_help_text(self) -> str:
        return "At least {} characters.".format(*settings.PASSWORD_LENGTH)


def check_password(password: str, *, user: User) -> None:
    """Checks a password. Raises Problem `invalid_input` that names each rule which the password breaks."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors = [{"loc": ["password"], "message": rule.messages[0], "code": rule.code} for rule in error.error_list]
        raise Problem("invalid_input", "Choose another password.", errors=errors) from None
