"""`/api/machines`: the caller's machines, and the names that the caller gave them. See docs/contract.md, section 4."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.credentials.authentication import get_caller
from accounts.machines import machine_names
from accounts.models.machine_name import MAX_CAPTURED_CHARS, MAX_MACHINE_LABEL_CHARS
from accounts.request_serializers import StrictCharField, parse_body
from memory.serializers import format_timestamp
from memory.sessions import insight_queries, machine_queries


class MachineSerializer(serializers.Serializer[Any]):
    machine = serializers.CharField(help_text="The name that the machine sends, as in sessions and events.")
    name = serializers.CharField(help_text="The name that its owner gave it, else the same.")
    last_seen_at = serializers.DateTimeField(allow_null=True, help_text="The last event; null before the first.")
    sessions = serializers.IntegerField(help_text="Sessions, without those that were deleted.")
    working = serializers.IntegerField(help_text="Sessions that work now.")
    waiting = serializers.IntegerField(help_text="Sessions that wait for their user.")


class MachinesSerializer(serializers.Serializer[Any]):
    machines = MachineSerializer(many=True)


class MachineNameSerializer(serializers.Serializer[Any]):
    machine = StrictCharField(max_length=MAX_CAPTURED_CHARS, trim_whitespace=False)
    name = StrictCharField(
        max_length=MAX_MACHINE_LABEL_CHARS, allow_blank=True, help_text="Empty: the machine has its own name again."
    )


class MachinesView(APIView):
    """Lists the caller's machines, or gives one a name. Events keep the name that the machine sends."""

    http_method_names = ["get", "post", "options"]

    @property
    def required_permission(self) -> str:
        return "account" if self.request.method == "POST" else "read"

    @documented(responses={200: MachinesSerializer})
    def get(self, request: Request) -> Response:
        return Response({"machines": _list_machines(get_caller(request).user_id)})

    @documented(body=MachineNameSerializer, responses={200: MachinesSerializer})
    def post(self, request: Request) -> Response:
        body, user_id = parse_body(request, MachineNameSerializer), get_caller(request).user_id
        machine_names.set_name(user_id, body["machine"], body["name"])
        return Response({"machines": _list_machines(user_id)})


def _list_machines(user_id: UUID) -> list[dict[str, Any]]:
    insight_queries.catch_up(user_id)
    names, found = machine_names.load_names(user_id), machine_queries.list_machines(user_id)
    listed = [
        {
            "machine": one.name,
            "name": names.pop(one.name, one.name),
            "last_seen_at": format_timestamp(one.last_us),
            "sessions": one.sessions,
            "working": one.working,
            "waiting": one.waiting,
        }
        for one in found
    ]
    nothing = {"last_seen_at": None, "sessions": 0, "working": 0, "waiting": 0}
    return [*listed, *({"machine": machine, "name": name, **nothing} for machine, name in sorted(names.items()))]
