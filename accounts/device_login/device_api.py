"""JSON API of device login: contract §2, RFC 8628."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import request_serializers, response_serializers
from accounts.api_base.anonymous_api import NO_STORE_HEADERS, AnonymousView, RateLimitedView
from accounts.api_base.endpoint_docs import documented
from accounts.credentials import api_tokens
from accounts.device_login import device_grant
from accounts.models import Scope

POLL_PROBLEMS = ("authorization_pending", "slow_down", "access_denied", "expired_token")


class DeviceCodesView(RateLimitedView):
    """Starts a device login and returns its two codes."""

    route = "device"

    @documented(body=request_serializers.DeviceSerializer, responses={200: response_serializers.DeviceCodesSerializer})
    def post(self, request: Request) -> Response:
        body = request_serializers.parse_body(request, request_serializers.DeviceSerializer)
        codes = device_grant.start_login(body["client_name"], scope=Scope(body["scopes"][0]))
        page = f"{settings.PUBLIC_URL}/device"
        answer = {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={codes.user_code}",
            "expires_in": int(device_grant.LOGIN_LIFETIME.total_seconds()),
            "interval": device_grant.POLL_INTERVAL_S,
        }
        return Response(answer, headers=NO_STORE_HEADERS)


class DeviceTokenView(AnonymousView):
    """Returns the API token of a machine after a user approved it."""

    @documented(
        body=request_serializers.DeviceCodeSerializer,
        responses={200: response_serializers.DeviceTokenSerializer},
        problems=POLL_PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        token = device_grant.collect_token(
            request_serializers.parse_body(request, request_serializers.DeviceCodeSerializer)["device_code"]
        )
        return Response({"token": api_tokens.sign(token.id), "scopes": [token.scope]}, headers=NO_STORE_HEADERS)
