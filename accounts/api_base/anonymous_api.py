"""What the JSON routes for those without a credential have in common."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api_base import rate_limit

NO_STORE_HEADERS = {"Cache-Control": "no-store"}


class AnonymousView(APIView):
    """A route for whoever has no credential yet; one that is sent along opens nothing."""

    authentication_classes = ()
    permission_classes = ()


class RateLimitedView(AnonymousView):
    """A route that is counted per client. Before the body is read, so before anything costly."""

    route = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "POST":
            rate_limit.count_request(request, self.route)
        super().initial(request, *args, **kwargs)
