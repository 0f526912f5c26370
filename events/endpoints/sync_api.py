"""The JSON doors to the log that Django answers: push, pull, limits."""

import json
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base import request_json
from accounts.api_base.endpoint_docs import described
from accounts.api_base.problem import Problem
from accounts.credentials.authentication import caller
from accounts.request_serializers import Integer, Text
from events.deletion import event_deletion
from events.endpoints import ingest_rate_limit, request_body
from events.store import log, stream_hub
from events.wire import cursor, envelope
from events.wire.timestamps import microseconds


class Push(APIView):
    """Stores a batch of events, and deletes those with ids in `deleted`, for which a token needs the scope `sync`.

    Both are committed when it answers; otherwise as `POST /ingest`.
    """

    needs = "capture"
    http_method_names = ["post", "options"]

    @described(takes="Push", gives={200: "Pushed"}, problems=[*envelope.REASONS, "forbidden", "rate_limited"])
    def post(self, request: Request) -> HttpResponse:
        user_id = caller(request).user_id
        ingest_rate_limit.refuse_debtor(user_id)
        batch = request_body.read_push(request.body)
        if batch.deleted is not None:
            caller(request).need("delete")
        ingest_rate_limit.charge(user_id, len(batch.events) + len(batch.rejected) + len(batch.deleted or ()))
        try:
            (appended,) = log.append([log.Batch(user_id, batch.events)])
            deleted = None if batch.deleted is None else event_deletion.bury(user_id, batch.deleted)
        except IntegrityError:  # a credential is believed for some seconds after its user is gone
            raise Problem("not_authenticated", "This account is gone.") from None
        if appended.accepted or deleted:
            stream_hub.wake(user_id)
        return _json(request_body.answer(appended, batch.rejected, deleted))


class PullQuery(serializers.Serializer[Any]):
    limit = Integer(min_value=1, max_value=1_000, default=100, help_text="Events on one page.")
    project = Text(
        allow_blank=True,
        trim_whitespace=False,
        max_length=4_096,
        default=None,
        help_text="Only those whose `project`, `root` or `repo` is exactly this.",
    )
    since = Text(default=None, help_text="RFC 3339: only those with a later `ts`. Without `cursor`.")
    cursor = Text(
        allow_blank=True,
        default=None,
        help_text="Walks by commit order, and misses nothing: empty at first, then the `next_cursor` of the last page.",
    )
    mark = Text(
        allow_blank=True,
        default=None,
        max_length=64,
        help_text="With `cursor`: empty at first, then the `mark` of the last page. Where something else stands there "
        "by now, as after a deletion or in a log that was restored from a backup, the answer is `cursor_lost`.",
    )

    def validate_since(self, value: str | None) -> int | None:
        instant = microseconds(value) if value else None
        if value is not None and instant is None:
            raise serializers.ValidationError("This is not an RFC 3339 time with its offset.")
        return instant

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["cursor"] is not None and attrs["since"] is not None:
            raise serializers.ValidationError({"since": "A cursor walks by commit order; `since` does not go with it."})
        if attrs["cursor"] is None and attrs["mark"] is not None:
            raise serializers.ValidationError({"mark": "A mark belongs to a cursor."})
        return attrs


class Pull(APIView):
    """The caller's events, by time or, with `cursor`, in the order they committed."""

    http_method_names = ["post", "options"]

    @described(takes=PullQuery, gives={200: "Page"}, problems=["cursor_lost"])
    def post(self, request: Request) -> HttpResponse:
        query = PullQuery(data=request_json.read(request) if request.body.strip() else {})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        return _walk(request, asked) if asked["cursor"] is not None else _list(request, asked)


def _list(request: Request, asked: dict[str, Any]) -> HttpResponse:
    user_id = caller(request).user_id
    records = log.by_time(user_id, since_us=asked["since"], limit=asked["limit"], project=asked["project"])
    return _page([record.wire(user_id) for record in records], next_cursor=None)


def _walk(request: Request, asked: dict[str, Any]) -> HttpResponse:
    user_id, start, mark = caller(request).user_id, cursor.decode(asked["cursor"]), asked["mark"]
    if mark and not log.stands(user_id, start, mark):
        raise Problem("cursor_lost", "What stood at this cursor does not stand there (any more). Go back.")
    records = log.after(user_id, start, limit=asked["limit"], project=asked["project"])
    events = [record.wire(user_id) for record in records if not record.deleted]
    deleted = [str(record.id) for record in records if record.deleted]
    end = cursor.encode(records[-1].seq) if records else asked["cursor"]
    told = mark if mark is None or not records else records[-1].mark
    return _page(events, next_cursor=end, deleted=deleted, mark=told)


def _page(
    events: list[str], *, next_cursor: str | None, deleted: list[str] | None = None, mark: str | None = None
) -> HttpResponse:
    # The stored texts are joined, never parsed: what was sent is what comes back.
    gone = f',"deleted":{json.dumps(deleted)}' if deleted else ""
    told = "" if mark is None else f',"mark":{json.dumps(mark)}'
    return _json(f'{{"events":[{",".join(events)}],"next_cursor":{json.dumps(next_cursor)}{gone}{told}}}'.encode())


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


class Limits(APIView):
    """How large a request and an event may be, and how many streams may be open."""

    needs = "capture"

    @described(gives={200: "LimitsAnswer"})
    def get(self, request: Request) -> Response:
        return Response({"limits": settings.LIMITS})
