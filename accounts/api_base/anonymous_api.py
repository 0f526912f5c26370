"""What the JSON routes for those without a credential have in common."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api_base import rate_limit

NEVER_KEPT = {"Cache-Control": "no-store"}


class Open(APIView):
    """A route for whoever has no credential yet; one that is sent along opens nothing."""

    authentication_classes = ()
    permission_classes = ()


class Counted(Open):
    """A route that is counted per client. Before the body is read, so before anything costly."""

    route = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "POST":
            rate_limit.count(request, self.route)
        super().initial(request, *args, **kwargs)
