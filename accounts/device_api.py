"""Device login as JSON: contract §2, RFC 8628."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import answers, device, serializers, tokens
from accounts.described import described
from accounts.models import Scope
from accounts.openings import NEVER_KEPT, Counted, Open

PENDING = ("authorization_pending", "slow_down", "access_denied", "expired_token")


class Start(Counted):
    """Gives a machine its two codes."""

    route = "device"

    @described(takes=serializers.Device, gives={200: answers.DeviceCodes})
    def post(self, request: Request) -> Response:
        body = serializers.read(request, serializers.Device)
        started = device.start(body["client_name"], scope=Scope(body["scopes"][0]))
        page = f"{settings.PUBLIC_URL}/device"
        answer = {
            "device_code": started.device_code,
            "user_code": started.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={started.user_code}",
            "expires_in": int(device.LASTS.total_seconds()),
            "interval": device.INTERVAL,
        }
        return Response(answer, headers=NEVER_KEPT)


class Collect(Open):
    """Gives the machine its token, once somebody has approved it."""

    @described(takes=serializers.DeviceCode, gives={200: answers.DeviceToken}, problems=PENDING)
    def post(self, request: Request) -> Response:
        token = device.collect(serializers.read(request, serializers.DeviceCode)["device_code"])
        return Response({"token": tokens.sign(token.id), "scopes": [token.scope]}, headers=NEVER_KEPT)
