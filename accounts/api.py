"""JSON API of accounts: contract §2."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings as jwt

from accounts import request_serializers, response_serializers
from accounts.api_base import rate_limit
from accounts.api_base.anonymous_api import NO_STORE_HEADERS, AnonymousView, RateLimitedView
from accounts.api_base.endpoint_docs import documented
from accounts.api_base.problem import Problem
from accounts.credentials import api_tokens, token_revocation
from accounts.credentials.authentication import create_access_token, get_caller, load_owner
from accounts.lifecycle import account_deletion, registration
from accounts.models import Scope, Token, User
from accounts.sign_in import login
from accounts.sign_in.operator_access import lacks_second_step

CREDENTIAL_PROBLEMS = ("invalid_credentials", "otp_required")
MAIL_QUEUED_DETAIL = "If this address can be used, we sent a mail to it."


class RegisterView(RateLimitedView):
    """Creates an account.

    The response is the same for every address; the result is mailed. Registering again before the address is verified
    replaces the earlier registration.
    """

    route = "register"

    @documented(
        body=request_serializers.RegistrationSerializer, responses={202: response_serializers.MailQueuedSerializer}
    )
    def post(self, request: Request) -> Response:
        body = request_serializers.parse_body(request, request_serializers.RegistrationSerializer)
        name, network_digest = (body.get("display_name") or "").strip(), rate_limit.digest_network(request)
        registration.register(
            body["email"], password=body["password"], display_name=name or None, network_digest=network_digest
        )
        return Response({"detail": MAIL_QUEUED_DETAIL}, status=202)


class VerifyEmailView(AnonymousView):
    """Verifies the address, with the token from the link that was mailed to it.

    The link works once, for 24 hours.
    """

    @documented(
        body=request_serializers.SecretSerializer,
        responses={200: response_serializers.EmailVerifiedSerializer},
        problems=["invalid_token"],
    )
    def post(self, request: Request) -> Response:
        registration.verify_email(
            request_serializers.parse_body(request, request_serializers.SecretSerializer)["token"]
        )
        return Response({"email_verified": True})


class LoginView(RateLimitedView):
    """Creates an access token for one hour.

    An account with a second factor also needs its code as `otp`.
    """

    route = "login"

    @documented(
        body=request_serializers.LoginSerializer,
        responses={200: response_serializers.AccessTokenSerializer},
        problems=[*CREDENTIAL_PROBLEMS, "email_unverified", "forbidden"],
    )
    def post(self, request: Request) -> Response:
        body = request_serializers.parse_body(request, request_serializers.LoginSerializer)
        user = login.authenticate(request, body["email"], password=body["password"])
        verified_factor_id = login.check_code(request, user, body.get("otp", ""))
        if lacks_second_step(user, verified_factor_id):
            raise Problem(
                "forbidden", f"Operators must use two-factor sign-in. Set it up at {settings.PUBLIC_URL}/settings"
            )
        lifetime_s = int(jwt.ACCESS_TOKEN_LIFETIME.total_seconds())
        answer = {
            "access_token": create_access_token(user),
            "expires_in": lifetime_s,
            "token_type": "Bearer",
            "user": _serialize_user(user),
        }
        return Response(answer, headers=NO_STORE_HEADERS)


class ForgotPasswordView(RateLimitedView):
    """Mails a password reset link.

    The response is the same for every address.
    """

    route = "forgot-password"

    @documented(body=request_serializers.EmailSerializer, responses={202: response_serializers.MailQueuedSerializer})
    def post(self, request: Request) -> Response:
        email = request_serializers.parse_body(request, request_serializers.EmailSerializer)["email"]
        registration.request_link(email, network_digest=rate_limit.digest_network(request))
        return Response({"detail": MAIL_QUEUED_DETAIL}, status=202)


class ResetPasswordView(AnonymousView):
    """Sets a new password, with the token from the mailed link.

    Ends every session and access token of the account. API tokens stay valid.
    """

    @documented(
        body=request_serializers.NewPasswordSerializer,
        responses={200: response_serializers.PasswordChangedSerializer},
        problems=["invalid_token"],
    )
    def post(self, request: Request) -> Response:
        body = request_serializers.parse_body(request, request_serializers.NewPasswordSerializer)
        registration.reset_password(body["token"], password=body["password"])
        return Response({"password_changed": True})


class AccountView(APIView):
    @property
    def required_permission(self) -> str:
        return "account" if self.request.method == "DELETE" else "capture"

    @documented(responses={200: response_serializers.AccountSerializer})
    def get(self, request: Request) -> Response:
        """Returns the account of this credential."""
        return Response(_serialize_user(load_owner(get_caller(request))), headers=NO_STORE_HEADERS)

    @documented(
        body=request_serializers.ReauthenticationSerializer,
        responses={204: None},
        problems=[*CREDENTIAL_PROBLEMS, "rate_limited"],
    )
    def delete(self, request: Request) -> Response:
        """Deletes the account and all its data. Requires the password (and code) again."""
        body = request_serializers.parse_body(request, request_serializers.ReauthenticationSerializer)
        user = load_owner(get_caller(request))
        login.reauthenticate(request, user, password=body["password"], code=body.get("otp", ""))
        account_deletion.delete_account(user.id)
        return Response(status=204)


class TokenListView(APIView):
    required_permission = "account"

    @documented(responses={200: response_serializers.TokensSerializer})
    def get(self, request: Request) -> Response:
        """Lists the API tokens, without the credentials themselves."""
        tokens = Token.objects.for_user(get_caller(request).user_id).order_by("created_at", "id")
        return Response({"tokens": [_serialize_token(token) for token in tokens]}, headers=NO_STORE_HEADERS)

    @documented(
        body=request_serializers.NewTokenSerializer, responses={201: response_serializers.CreatedTokenSerializer}
    )
    def post(self, request: Request) -> Response:
        """Creates an API token."""
        body = request_serializers.parse_body(request, request_serializers.NewTokenSerializer)
        token = api_tokens.create(get_caller(request).user_id, name=body["name"], scope=Scope(body["scopes"][0]))
        return Response(
            _serialize_token(token) | {"token": api_tokens.sign(token.id)}, status=201, headers=NO_STORE_HEADERS
        )


class TokenView(APIView):
    required_permission = "account"

    @documented(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revokes an API token. Every server process refuses it within five seconds."""
        if not token_revocation.revoke(get_caller(request).user_id, token_id):
            raise Problem("not_found", "You have no such token.")
        return Response(status=204)


def _serialize_user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "display_name": user.display_name,
        "email_verified": user.email_verified,
    }


def _serialize_token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": [token.scope],
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "client": token.client,
    }
