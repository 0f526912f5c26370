"""Serializers of the responses, for the API reference. The views build the same values by hand."""

from typing import Any

from rest_framework import serializers

from accounts.models import Scope


class MailQueuedSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class EmailVerifiedSerializer(serializers.Serializer[Any]):
    email_verified = serializers.BooleanField()


class PasswordChangedSerializer(serializers.Serializer[Any]):
    password_changed = serializers.BooleanField()


class AccountSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.CharField()
    display_name = serializers.CharField(allow_null=True)
    email_verified = serializers.BooleanField()


class AccessTokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField(help_text="A JWT, valid for one hour.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    token_type = serializers.CharField()
    user = AccountSerializer()


class TokenSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Precise to the minute.")
    client = serializers.CharField(allow_null=True, help_text="User-Agent of the client that last used the token.")


class TokensSerializer(serializers.Serializer[Any]):
    tokens = TokenSerializer(many=True)


class CreatedTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="The API token.")


class DeviceCodesSerializer(serializers.Serializer[Any]):
    device_code = serializers.CharField(help_text="The code with which the machine polls.")
    user_code = serializers.CharField(help_text="The code that the user types: `XXXX-XXXX`.")
    verification_uri = serializers.CharField()
    verification_uri_complete = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
    interval = serializers.IntegerField(help_text="Seconds between two polls.")


class DeviceTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="The API token.")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
