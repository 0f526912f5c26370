"""Base classes of the JSON routes for callers without a credential."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api_base import rate_limit

NO_STORE_HEADERS = {"Cache-Control": "no-store"}


class AnonymousView(APIView):
    """A route for callers without a credential. A credential that is sent has no effect."""

    authentication_classes = ()
    permission_classes = ()


class RateLimitedView(AnonymousView):
    """A route that is counted per client, before the body is read and before any costly work."""

    route = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "POST":
            rate_limit.count_request(request, self.route)
        super().initial(request, *args, **kwargs)
