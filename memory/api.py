"""Memory as JSON: contract §4."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import described
from accounts.api_base.problem import Problem
from accounts.credentials.authentication import caller
from accounts.request_serializers import Text
from memory import serializers as memory_serializers
from memory.context import context_builder
from memory.preferences import preference_queries
from memory.search import query_parser, search_hits
from memory.sessions import session_queries
from memory.values import page_cursor, session_states
from memory.values.location import Place


class Page(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50, help_text="Sessions on one page.")
    cursor = Text(default=None, help_text="The `next_cursor` of the page before.")
    project = Text(
        default=None, trim_whitespace=False, max_length=4_096, help_text="A folder or a repository, exactly."
    )
    state = serializers.ChoiceField(session_states.ALL, default=None)


class Walk(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=200, help_text="Events on one page.")
    cursor = Text(default=None, help_text="The `next_cursor` of the page before.")


class Asked(serializers.Serializer[Any]):
    q = Text(
        default="",
        allow_blank=True,
        max_length=1_000,
        help_text="Words, and filters: `project:` `tool:` `file:` `type:` `failed:` `before:` `after:`.",
    )
    project = Text(
        default="", allow_blank=True, max_length=4_096, help_text="A folder or repository, or its last part."
    )
    type = Text(default="", allow_blank=True, max_length=64, help_text="As in the hits.")
    since = Text(default="", allow_blank=True, help_text="RFC 3339, or a date.")
    until = Text(default="", allow_blank=True, help_text="RFC 3339, or a date; not included.")
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20, help_text="Hits on one page.")
    cursor = Text(default=None, help_text="The `next_cursor` of the page before.")

    def validate_since(self, value: str) -> str:
        if value and query_parser.instant(value) is None:
            raise serializers.ValidationError("This is no RFC 3339 time, and no date.")
        return value

    validate_until = validate_since


class Beginning(serializers.Serializer[Any]):
    project = Text(
        default="", allow_blank=True, trim_whitespace=False, max_length=4_096, help_text="The folder the session is in."
    )
    root = Text(  # type: ignore[assignment]
        default="", allow_blank=True, trim_whitespace=False, max_length=4_096, help_text="The folder it was started in."
    )
    repo = Text(
        default="", allow_blank=True, max_length=4_096, help_text="Its git remote: clones and worktrees share a memory."
    )
    source = Text(  # type: ignore[assignment]  # DRF's own attribute is one of fields
        default="", allow_blank=True, max_length=64, help_text="How the session began."
    )
    budget = serializers.IntegerField(
        min_value=0,
        max_value=preference_queries.MOST,
        default=None,
        help_text="Tokens at most; 0 is nothing. "
        f"Left out: what is set for the project, else {preference_queries.BUDGET:,}.",
    )


class Chosen(serializers.Serializer[Any]):
    ids = Text(max_length=2_000, help_text="Ids of hits, separated by commas; at most 100.")

    def validate_ids(self, value: str) -> list[int]:
        parts = value.split(",")
        if len(parts) > 100 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            raise serializers.ValidationError("These are 1 to 100 numbers, separated by commas.")
        return [int(part) for part in parts]


class Markdown(BaseRenderer):
    media_type, format, charset = "text/markdown", "markdown", "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        # An answer without any body would be one without a type.
        return str(data["markdown"] or "\n").encode()


class Context(APIView):
    """What a session that begins should know of its project.

    Only the user's own words read as such; what came from tools, files, pages and models is quoted as data. As JSON on
    request.
    """

    needs = "capture"
    http_method_names = ["get", "options"]

    def get_renderers(self) -> list[BaseRenderer]:
        # What OPTIONS tells is not Markdown.
        return [Markdown(), JSONRenderer()] if self.request.method == "GET" else [JSONRenderer()]

    @described(asks=Beginning, gives={(200, "text/markdown"): "Markdown", 200: memory_serializers.Context})
    def get(self, request: Request) -> Response:
        asked = _asked(request, Beginning)
        place = Place(asked["project"], asked["root"], asked["repo"])
        made = context_builder.context(caller(request).user_id, place, budget=asked["budget"])
        items = [{"id": id_, "tokens": cost} for id_, cost in made.items]
        return Response({"markdown": made.markdown, "tokens": made.tokens, "items": items})


class Search(APIView):
    """What was asked, done and summed up, the best first.

    Words may be whole, or the beginning of what is meant. What holds all of them goes before what holds some.
    """

    http_method_names = ["get", "options"]

    @described(asks=Asked, gives={200: memory_serializers.Hits})
    def get(self, request: Request) -> Response:
        asked = _asked(request, Asked)
        after = page_cursor.decode(asked["cursor"], (int, int))
        filters = {"project": "project", "type": "type", "since": "after", "until": "before"}
        given = {name: asked[member] for member, name in filters.items() if asked[member]}
        wanted = query_parser.read(asked["q"], **given)
        found = search_hits.search(caller(request).user_id, wanted, limit=asked["limit"], after=after)
        next_cursor = page_cursor.encode(*found.after) if found.after else None
        return Response({"hits": [memory_serializers.hit(hit) for hit in found.hits], "next_cursor": next_cursor})


class Observations(APIView):
    """The full text of chosen hits."""

    http_method_names = ["get", "options"]

    @described(asks=Chosen, gives={200: memory_serializers.Observations})
    def get(self, request: Request) -> Response:
        found = search_hits.chosen(caller(request).user_id, _asked(request, Chosen)["ids"])
        return Response({"observations": [memory_serializers.observation(item) for item in found]})


class Sessions(APIView):
    """The caller's sessions, those in which something happened last first."""

    http_method_names = ["get", "options"]

    @described(asks=Page, gives={200: memory_serializers.Sessions})
    def get(self, request: Request) -> Response:
        asked = _asked(request, Page)
        before = page_cursor.decode(asked["cursor"], (int, str))
        found = session_queries.page(
            caller(request).user_id,
            limit=asked["limit"] + 1,
            before=before,
            project=asked["project"],
            state=asked["state"],
        )
        shown, more = found[: asked["limit"]], len(found) > asked["limit"]
        next_cursor = page_cursor.encode(shown[-1].row.last_us, shown[-1].row.session_id) if more else None
        return Response({"sessions": [memory_serializers.session(seen) for seen in shown], "next_cursor": next_cursor})


class Session(APIView):
    """One session."""

    http_method_names = ["get", "options"]

    @described(gives={200: memory_serializers.Session})
    def get(self, request: Request, session_id: str) -> Response:
        return Response(memory_serializers.session(_found(request, session_id)))


class Timeline(APIView):
    """The events of a session, in the order they happened."""

    http_method_names = ["get", "options"]

    @described(asks=Walk, gives={200: "Page"})
    def get(self, request: Request, session_id: str) -> HttpResponse:
        user_id, asked = caller(request).user_id, _asked(request, Walk)
        after = page_cursor.decode(asked["cursor"], (int, int))
        _found(request, session_id)
        found = session_queries.timeline(user_id, session_id, limit=asked["limit"] + 1, after=after)
        shown, more = found[: asked["limit"]], len(found) > asked["limit"]
        next_cursor = page_cursor.encode(*shown[-1].after) if more else None
        # The stored texts are joined, never parsed: what was sent is what comes back.
        events = ",".join(step.record.wire(user_id) for step in shown)
        body = f'{{"events":[{events}],"next_cursor":{json.dumps(next_cursor)}}}'
        return HttpResponse(body.encode(), content_type="application/json")


def _asked(request: Request, query: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    asked = query(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _found(request: Request, session_id: str) -> session_queries.Seen:
    seen = session_queries.find(caller(request).user_id, session_id)
    if seen is None:
        raise Problem("not_found", "You have no such session.")
    return seen
