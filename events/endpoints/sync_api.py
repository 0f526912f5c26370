"""JSON endpoints of the log that Django serves: push, pull, limits."""

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
from accounts.api_base.endpoint_docs import documented
from accounts.api_base.problem import Problem
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField, StrictIntegerField
from events import measures
from events.deletion import event_deletion
from events.endpoints import ingest_rate_limit, request_body
from events.store import drafts, log
from events.wire import cursor, envelope
from events.wire.timestamps import parse_rfc3339


class PushView(APIView):
    """Stores a batch of events, and deletes those with ids in `deleted`, for which a token needs the scope `sync`.

    Both are committed when it answers; otherwise as `POST /ingest`.
    """

    required_permission = "capture"
    http_method_names = ["post", "options"]

    @documented(
        body="Push", responses={200: "Pushed"}, problems=[*envelope.REJECTION_CODES, "forbidden", "rate_limited"]
    )
    def post(self, request: Request) -> HttpResponse:
        user_id = get_caller(request).user_id
        ingest_rate_limit.check_rate_limit(user_id)
        batch = request_body.parse_push(request.body)
        if batch.deleted_ids is not None:
            get_caller(request).require("delete")
        ingest_rate_limit.charge(user_id, len(batch.events) + len(batch.rejected) + len(batch.deleted_ids or ()))
        try:
            (appended,) = log.append([drafts.prepare(user_id, batch.events)])
            deleted = None if batch.deleted_ids is None else event_deletion.write_tombstones(user_id, batch.deleted_ids)
        except IntegrityError:  # a credential stays cached for some seconds after its user is deleted
            raise Problem("not_authenticated", "This account was deleted.") from None
        measures.observer.count_events(
            accepted=appended.accepted, duplicates=appended.duplicates, rejected=len(batch.rejected)
        )
        return _json_response(request_body.format_response(appended, batch.rejected, deleted))


class PullQuery(serializers.Serializer[Any]):
    limit = StrictIntegerField(min_value=1, max_value=1_000, default=100, help_text="Events on one page.")
    project = StrictCharField(
        allow_blank=True,
        trim_whitespace=False,
        max_length=4_096,
        default=None,
        help_text="Only those whose `project`, `root` or `repo` is exactly this.",
    )
    since = StrictCharField(default=None, help_text="RFC 3339: only those with a later `ts`. Without `cursor`.")
    cursor = StrictCharField(
        allow_blank=True,
        default=None,
        help_text="Walks by commit order, and misses nothing: empty at first, then the `next_cursor` of the last page.",
    )
    mark = StrictCharField(
        allow_blank=True,
        default=None,
        max_length=64,
        help_text="With `cursor`: empty at first, then the `mark` of the last page. Where something else stands there "
        "by now, as after a deletion or in a log that was restored from a backup, the answer is `cursor_lost`.",
    )

    def validate_since(self, value: str | None) -> int | None:
        instant = parse_rfc3339(value) if value else None
        if value is not None and instant is None:
            raise serializers.ValidationError("This is not an RFC 3339 time with its offset.")
        return instant

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["cursor"] is not None and attrs["since"] is not None:
            raise serializers.ValidationError({"since": "A cursor walks by commit order; `since` does not go with it."})
        if attrs["cursor"] is None and attrs["mark"] is not None:
            raise serializers.ValidationError({"mark": "A mark belongs to a cursor."})
        return attrs


class PullView(APIView):
    """The caller's events, by time or, with `cursor`, in the order they committed."""

    http_method_names = ["post", "options"]

    @documented(body=PullQuery, responses={200: "Page"}, problems=["cursor_lost"])
    def post(self, request: Request) -> HttpResponse:
        query = PullQuery(data=request_json.parse(request) if request.body.strip() else {})
        query.is_valid(raise_exception=True)
        members = query.validated_data
        return _list_by_cursor(request, members) if members["cursor"] is not None else _list_by_time(request, members)


def _list_by_time(request: Request, members: dict[str, Any]) -> HttpResponse:
    user_id = get_caller(request).user_id
    records = log.load_by_time(user_id, since_us=members["since"], limit=members["limit"], project=members["project"])
    return _page_response([record.to_wire(user_id) for record in records], next_cursor=None)


def _list_by_cursor(request: Request, members: dict[str, Any]) -> HttpResponse:
    user_id, start, mark = get_caller(request).user_id, cursor.decode(members["cursor"]), members["mark"]
    if mark and not log.has_row(user_id, start, mark):
        raise Problem("cursor_lost", "This cursor no longer points at the same event. Rewind to an earlier one.")
    records = log.load_after(user_id, start, limit=members["limit"], project=members["project"])
    events = [record.to_wire(user_id) for record in records if not record.is_deleted]
    deleted = [str(record.id) for record in records if record.is_deleted]
    end = cursor.encode(records[-1].seq) if records else members["cursor"]
    next_mark = mark if mark is None or not records else records[-1].row_digest
    return _page_response(events, next_cursor=end, deleted=deleted, mark=next_mark)


def _page_response(
    events: list[str], *, next_cursor: str | None, deleted: list[str] | None = None, mark: str | None = None
) -> HttpResponse:
    # The stored texts are joined without parsing, so that events are returned exactly as they were sent.
    deleted_member = f',"deleted":{json.dumps(deleted)}' if deleted else ""
    mark_member = "" if mark is None else f',"mark":{json.dumps(mark)}'
    return _json_response(
        f'{{"events":[{",".join(events)}],"next_cursor":{json.dumps(next_cursor)}{deleted_member}{mark_member}}}'.encode()
    )


def _json_response(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


class LimitsView(APIView):
    """How large a request and an event may be, and how many streams may be open."""

    required_permission = "capture"

    @documented(responses={200: "LimitsAnswer"})
    def get(self, request: Request) -> Response:
        return Response({"limits": settings.LIMITS})
