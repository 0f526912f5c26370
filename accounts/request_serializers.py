"""What the API takes and gives. Members that are not named here are ignored."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from accounts import validators
from accounts.api_base import request_json
from accounts.models import Scope


class Text(serializers.CharField):
    """A JSON string: a number is not a spelling of one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Integer(serializers.IntegerField):
    """A JSON number without a fraction: neither a string of digits nor a truth value is a spelling of one."""

    def to_internal_value(self, data: Any) -> int:
        is_number = isinstance(data, int | float) and not isinstance(data, bool)
        if not is_number or not (isinstance(data, int) or data.is_integer()):
            self.fail("invalid")
        return super().to_internal_value(int(data))


def _address() -> Text:
    return Text(trim_whitespace=False, validators=[validators.address])


class Registration(serializers.Serializer[Any]):
    email = _address()
    # Its length is one of the password rules, which name what is wrong.
    password = Text(trim_whitespace=False)
    display_name = Text(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=validators.LONGEST_NAME,
        # Trimming comes before the validators, and would take a line break at the end for nothing.
        trim_whitespace=False,
        validators=[validators.one_line],
    )


class Login(serializers.Serializer[Any]):
    email = _address()
    password = Text(trim_whitespace=False, max_length=settings.PASSWORD_LENGTH[1])
    otp = Text(required=False, allow_blank=True, max_length=validators.LONGEST_CODE)


class PasswordAgain(serializers.Serializer[Any]):
    password = Text(trim_whitespace=False, max_length=settings.PASSWORD_LENGTH[1])
    otp = Text(required=False, allow_blank=True, max_length=validators.LONGEST_CODE)


class Address(serializers.Serializer[Any]):
    email = _address()


class Secret(serializers.Serializer[Any]):
    token = Text()


class NewPassword(serializers.Serializer[Any]):
    token = Text()
    password = Text(trim_whitespace=False)


def _scopes() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), min_length=1, max_length=1, default=[Scope.FULL]
    )


class NewToken(serializers.Serializer[Any]):
    name = Text(max_length=100, validators=[validators.one_line])
    scopes = _scopes()


class Device(serializers.Serializer[Any]):
    client_name = Text(max_length=100, validators=[validators.one_line])
    scopes = _scopes()


class DeviceCode(serializers.Serializer[Any]):
    device_code = Text(max_length=200)


def read(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The body of the request as this shape. Raises a Problem or DRF's ValidationError, both 400."""
    serializer = shape(data=request_json.read(request))
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values
