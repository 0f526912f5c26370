"""Device login as JSON: contract §2, RFC 8628."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import request_serializers, response_serializers
from accounts.api_base.anonymous_api import NEVER_KEPT, Counted, Open
from accounts.api_base.endpoint_docs import described
from accounts.credentials import api_tokens
from accounts.device_login import device_grant
from accounts.models import Scope

PENDING = ("authorization_pending", "slow_down", "access_denied", "expired_token")


class Start(Counted):
    """Gives a machine its two codes."""

    route = "device"

    @described(takes=request_serializers.Device, gives={200: response_serializers.DeviceCodes})
    def post(self, request: Request) -> Response:
        body = request_serializers.read(request, request_serializers.Device)
        started = device_grant.start(body["client_name"], scope=Scope(body["scopes"][0]))
        page = f"{settings.PUBLIC_URL}/device"
        answer = {
            "device_code": started.device_code,
            "user_code": started.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={started.user_code}",
            "expires_in": int(device_grant.LASTS.total_seconds()),
            "interval": device_grant.INTERVAL,
        }
        return Response(answer, headers=NEVER_KEPT)


class Collect(Open):
    """Gives the machine its token, once somebody has approved it."""

    @described(takes=request_serializers.DeviceCode, gives={200: response_serializers.DeviceToken}, problems=PENDING)
    def post(self, request: Request) -> Response:
        token = device_grant.collect(request_serializers.read(request, request_serializers.DeviceCode)["device_code"])
        return Response({"token": api_tokens.sign(token.id), "scopes": [token.scope]}, headers=NEVER_KEPT)
