"""Serializers of request bodies. Unknown members are ignored."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from accounts import validators
from accounts.api_base import request_json
from accounts.models import Scope


class StrictCharField(serializers.CharField):
    """A JSON string; a number is refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction; strings and booleans are refused."""

    def to_internal_value(self, data: Any) -> int:
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number or not (isinstance(data, int) or data.is_integer()):
            self.fail("invalid")
        return super().to_internal_value(int(data))


def _build_email_field() -> StrictCharField:
    return StrictCharField(trim_whitespace=False, validators=[validators.validate_email_address])


class RegistrationSerializer(serializers.Serializer[Any]):
    email = _build_email_field()
    # The password rules check the length and name the broken rule.
    password = StrictCharField(trim_whitespace=False)
    display_name = StrictCharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=validators.MAX_NAME_CHARS,
        # Trimming runs before the validators and would hide a line break at the end.
        trim_whitespace=False,
        validators=[validators.validate_single_line],
    )


class LoginSerializer(serializers.Serializer[Any]):
    email = _build_email_field()
    password = StrictCharField(trim_whitespace=False, max_length=settings.PASSWORD_LENGTH[1])
    otp = StrictCharField(required=False, allow_blank=True, max_length=validators.MAX_CODE_CHARS)


class ReauthenticationSerializer(serializers.Serializer[Any]):
    password = StrictCharField(trim_whitespace=False, max_length=settings.PASSWORD_LENGTH[1])
    otp = StrictCharField(required=False, allow_blank=True, max_length=validators.MAX_CODE_CHARS)


class EmailSerializer(serializers.Serializer[Any]):
    email = _build_email_field()


class SecretSerializer(serializers.Serializer[Any]):
    token = StrictCharField()


class NewPasswordSerializer(serializers.Serializer[Any]):
    token = StrictCharField()
    password = StrictCharField(trim_whitespace=False)


def _build_scopes_field() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), min_length=1, max_length=1, default=[Scope.FULL]
    )


class NewTokenSerializer(serializers.Serializer[Any]):
    name = StrictCharField(max_length=100, validators=[validators.validate_single_line])
    scopes = _build_scopes_field()


class DeviceSerializer(serializers.Serializer[Any]):
    client_name = StrictCharField(max_length=100, validators=[validators.validate_single_line])
    scopes = _build_scopes_field()


class DeviceCodeSerializer(serializers.Serializer[Any]):
    device_code = StrictCharField(max_length=200)


def parse_body(request: Request, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Parses the body of the request with this serializer.

    Raises a Problem, or DRF's ValidationError, which is a 400.
    """
    serializer = serializer_class(data=request_json.parse(request))
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
