"""The JSON API of hints: docs/contract.md, section 4."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField
from memory.context import context_builder
from memory.context.hint_index import HINT_HEADER
from memory.serializers import HintsSerializer, serialize_hint
from memory.values.location import Location

# Characters. Three values of this length fit into a request's head, whatever their characters.
MAX_LOCATION_CHARS = 1_024


class HintsParameters(serializers.Serializer[Any]):
    project = StrictCharField(
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_LOCATION_CHARS,
        help_text="The folder of the session.",
    )
    root = StrictCharField(  # type: ignore[assignment]
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_LOCATION_CHARS,
        help_text="The folder where the session was started.",
    )
    repo = StrictCharField(
        default="", allow_blank=True, max_length=MAX_LOCATION_CHARS, help_text="The git remote of the folder."
    )


class HintsView(APIView):
    """Returns lines about a project, each with what a prompt must say to be given it.

    The client keeps them for some minutes, and compares prompts with them on the user's machine.
    """

    required_permission = "capture"
    http_method_names = ["get", "options"]

    @documented(query=HintsParameters, responses={200: HintsSerializer})
    def get(self, request: Request) -> Response:
        parameters = HintsParameters(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        location = Location(*(parameters.validated_data[name] for name in ("project", "root", "repo")))
        hints = context_builder.build_hints(get_caller(request).user_id, location)
        return Response({"header": HINT_HEADER, "hints": [serialize_hint(hint) for hint in hints]})
