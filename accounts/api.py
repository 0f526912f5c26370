"""Accounts as JSON: contract §2."""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings as jwt

from accounts import request_serializers, response_serializers
from accounts.api_base import rate_limit
from accounts.api_base.anonymous_api import NEVER_KEPT, Counted, Open
from accounts.api_base.endpoint_docs import described
from accounts.api_base.problem import Problem
from accounts.credentials import api_tokens
from accounts.credentials.authentication import access_token, caller, owner
from accounts.lifecycle import account_deletion, registration
from accounts.models import Scope, Token, User
from accounts.sign_in import login
from accounts.sign_in.operator_access import lacks_second_step

WRONG = ("invalid_credentials", "otp_required")
ON_ITS_WAY = "If this address can be used, a mail is on its way."


class Register(Counted):
    """Makes an account.

    The answer is the same for every address; a mail says what came of it. Registering again before the address is
    verified replaces the earlier registration.
    """

    route = "register"

    @described(takes=request_serializers.Registration, gives={202: response_serializers.OnItsWay})
    def post(self, request: Request) -> Response:
        body = request_serializers.read(request, request_serializers.Registration)
        name, network = (body.get("display_name") or "").strip(), rate_limit.network_digest(request)
        registration.register(body["email"], password=body["password"], display_name=name or None, network=network)
        return Response({"detail": ON_ITS_WAY}, status=202)


class VerifyEmail(Open):
    """Proves the address, with the token from the link that was mailed to it.

    The link works once and for 24 hours.
    """

    @described(takes=request_serializers.Secret, gives={200: response_serializers.Verified}, problems=["invalid_token"])
    def post(self, request: Request) -> Response:
        registration.verify(request_serializers.read(request, request_serializers.Secret)["token"])
        return Response({"email_verified": True})


class Login(Counted):
    """Gives an access token for one hour.

    An account with a second factor needs its code as `otp`, too.
    """

    route = "login"

    @described(
        takes=request_serializers.Login,
        gives={200: response_serializers.SignedIn},
        problems=[*WRONG, "email_unverified", "forbidden"],
    )
    def post(self, request: Request) -> Response:
        body = request_serializers.read(request, request_serializers.Login)
        user = login.check(request, body["email"], password=body["password"])
        proof = login.check_code(request, user, body.get("otp", ""))
        if lacks_second_step(user, proof):
            raise Problem("forbidden", f"Operators sign in in two steps. Set that up: {settings.PUBLIC_URL}/settings")
        lasts = int(jwt.ACCESS_TOKEN_LIFETIME.total_seconds())
        answer = {"access_token": access_token(user), "expires_in": lasts, "token_type": "Bearer", "user": _me(user)}
        return Response(answer, headers=NEVER_KEPT)


class ForgotPassword(Counted):
    """Mails a link to a new password.

    The answer is the same for every address.
    """

    route = "forgot-password"

    @described(takes=request_serializers.Address, gives={202: response_serializers.OnItsWay})
    def post(self, request: Request) -> Response:
        email = request_serializers.read(request, request_serializers.Address)["email"]
        registration.forgot(email, network=rate_limit.network_digest(request))
        return Response({"detail": ON_ITS_WAY}, status=202)


class ResetPassword(Open):
    """Sets a new password, with the token from the link that was mailed.

    Every session and access token of the account ends. API tokens stay.
    """

    @described(
        takes=request_serializers.NewPassword, gives={200: response_serializers.Changed}, problems=["invalid_token"]
    )
    def post(self, request: Request) -> Response:
        body = request_serializers.read(request, request_serializers.NewPassword)
        registration.reset(body["token"], password=body["password"])
        return Response({"password_changed": True})


class Me(APIView):
    @property
    def needs(self) -> str:
        return "account" if self.request.method == "DELETE" else "capture"

    @described(gives={200: response_serializers.Account})
    def get(self, request: Request) -> Response:
        """Whose credential this is."""
        return Response(_me(owner(caller(request))), headers=NEVER_KEPT)

    @described(takes=request_serializers.PasswordAgain, gives={204: None}, problems=[*WRONG, "rate_limited"])
    def delete(self, request: Request) -> Response:
        """Deletes the account with all that is in it. Asks for the password (and code) once more."""
        body = request_serializers.read(request, request_serializers.PasswordAgain)
        user = owner(caller(request))
        login.check_again(request, user, password=body["password"], code=body.get("otp", ""))
        account_deletion.close(user.id)
        return Response(status=204)


class Tokens(APIView):
    needs = "account"

    @described(gives={200: response_serializers.Tokens})
    def get(self, request: Request) -> Response:
        """Lists the API tokens, without the credentials themselves."""
        mine = Token.objects.of(caller(request).user_id).order_by("created_at", "id")
        return Response({"tokens": [_token(token) for token in mine]}, headers=NEVER_KEPT)

    @described(takes=request_serializers.NewToken, gives={201: response_serializers.MadeToken})
    def post(self, request: Request) -> Response:
        """Makes an API token."""
        body = request_serializers.read(request, request_serializers.NewToken)
        token = api_tokens.create(caller(request).user_id, name=body["name"], scope=Scope(body["scopes"][0]))
        return Response(_token(token) | {"token": api_tokens.sign(token.id)}, status=201, headers=NEVER_KEPT)


class OneToken(APIView):
    needs = "account"

    @described(gives={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revokes an API token, everywhere within five seconds."""
        if not api_tokens.revoke(caller(request).user_id, token_id):
            raise Problem("not_found", "You have no such token.")
        return Response(status=204)


def _me(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "display_name": user.display_name,
        "email_verified": user.email_verified,
    }


def _token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": [token.scope],
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "client": token.client,
    }
