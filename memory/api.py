"""The JSON API of memory: docs/contract.md, section 4."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.api_base.problem import Problem
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField
from memory import serializers as memory_serializers
from memory.context import context_builder
from memory.preferences import preference_queries
from memory.search import query_parser, search_hits
from memory.sessions import session_queries
from memory.values import page_cursor, session_states
from memory.values.location import Location
from memory.values.page_filter import PageFilter


class SessionListParameters(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50, help_text="Sessions on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")
    project = StrictCharField(
        default=None, trim_whitespace=False, max_length=4_096, help_text="The full name of a folder or a repository."
    )
    state = serializers.ChoiceField(session_states.ALL, default=None)
    automated = serializers.ChoiceField(
        ("0", "1"), default=None, help_text="`1`: only sessions that a program runs; `0`: only those of persons."
    )


class TimelineParameters(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=200, help_text="Events on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")


class SearchParameters(serializers.Serializer[Any]):
    q = StrictCharField(
        default="",
        allow_blank=True,
        max_length=1_000,
        help_text="Words, and filters: `project:` `tool:` `file:` `type:` `failed:` `before:` `after:`.",
    )
    project = StrictCharField(
        default="", allow_blank=True, max_length=4_096, help_text="A folder or repository, or its last part."
    )
    type = StrictCharField(
        default="", allow_blank=True, max_length=64, help_text="The type of the entries; see `type` of a hit."
    )
    since = StrictCharField(default="", allow_blank=True, help_text="RFC 3339 time or date.")
    until = StrictCharField(default="", allow_blank=True, help_text="RFC 3339 time or date; exclusive.")
    sort = serializers.ChoiceField(
        query_parser.ORDERS, default=query_parser.BEST_FIRST, help_text="`newest` and `oldest` sort by time."
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20, help_text="Hits on one page.")
    cursor = StrictCharField(default=None, help_text="The `next_cursor` of the previous page.")

    def validate_since(self, value: str) -> str:
        if value and query_parser.parse_time(value) is None:
            raise serializers.ValidationError("Send an RFC 3339 time or a date.")
        return value

    validate_until = validate_since


class ContextParameters(serializers.Serializer[Any]):
    project = StrictCharField(
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=4_096,
        help_text="The current folder of the session.",
    )
    root = StrictCharField(  # type: ignore[assignment]
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=4_096,
        help_text="The folder where the session was started.",
    )
    repo = StrictCharField(
        default="",
        allow_blank=True,
        max_length=4_096,
        help_text="The git remote of the folder. Clones and worktrees share one memory.",
    )
    source = StrictCharField(  # type: ignore[assignment]  # DRF's own attribute is one of fields
        default="", allow_blank=True, max_length=64, help_text="How the session started."
    )
    budget = serializers.IntegerField(
        min_value=0,
        max_value=preference_queries.MAX_BUDGET_TOKENS,
        default=None,
        help_text="Maximum number of tokens; 0 returns an empty context. "
        f"Default: the context budget of the project, else {preference_queries.DEFAULT_BUDGET_TOKENS:,}.",
    )


class ObservationsParameters(serializers.Serializer[Any]):
    ids = StrictCharField(max_length=2_000, help_text="Ids of entries, separated by commas; at most 100.")

    def validate_ids(self, value: str) -> list[int]:
        parts = value.split(",")
        if len(parts) > 100 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            raise serializers.ValidationError("Send 1 to 100 numbers, separated by commas.")
        return [int(part) for part in parts]


class MarkdownRenderer(BaseRenderer):
    media_type, format, charset = "text/markdown", "markdown", "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        # A response without a body would have no content type.
        return str(data["markdown"] or "\n").encode()


class ContextView(APIView):
    """Returns the context of a new session of a project, as Markdown; as JSON on request.

    Only text that the user typed is unquoted; text from tools, files, pages and models is quoted as data.
    """

    required_permission = "capture"
    http_method_names = ["get", "options"]

    def get_renderers(self) -> list[BaseRenderer]:
        # The response to OPTIONS is not Markdown.
        return [MarkdownRenderer(), JSONRenderer()] if self.request.method == "GET" else [JSONRenderer()]

    @documented(
        query=ContextParameters,
        responses={(200, "text/markdown"): "Markdown", 200: memory_serializers.ContextSerializer},
    )
    def get(self, request: Request) -> Response:
        parameters = _parse_query_parameters(request, ContextParameters)
        location = Location(parameters["project"], parameters["root"], parameters["repo"])
        context = context_builder.build_context(get_caller(request).user_id, location, budget=parameters["budget"])
        items = [{"id": id_, "tokens": cost} for id_, cost in context.items]
        return Response({"markdown": context.markdown, "tokens": context.tokens, "items": items})


class SearchView(APIView):
    """Searches prompts, observations and summaries, best first.

    A search word finds its other forms, its synonyms and other spellings of an identifier; a word that hardly occurs
    finds words that differ in one letter. Entries that match all words come before entries that match some.
    """

    http_method_names = ["get", "options"]

    @documented(query=SearchParameters, responses={200: memory_serializers.HitsSerializer})
    def get(self, request: Request) -> Response:
        parameters = _parse_query_parameters(request, SearchParameters)
        after = page_cursor.decode(parameters["cursor"], (int, int))
        filters = {"project": "project", "type": "type", "since": "after", "until": "before"}
        filter_values = {name: parameters[member] for member, name in filters.items() if parameters[member]}
        search_query = query_parser.parse_query(parameters["q"], order=parameters["sort"], **filter_values)
        search_page = search_hits.search_entries(
            get_caller(request).user_id, search_query, limit=parameters["limit"], after=after
        )
        next_cursor = page_cursor.encode(*search_page.next_position) if search_page.next_position else None
        return Response(
            {
                "hits": [memory_serializers.serialize_hit(hit) for hit in search_page.hits],
                "total": search_page.total,
                "total_is_exact": search_page.total_is_exact,
                "next_cursor": next_cursor,
            }
        )


class ObservationsView(APIView):
    """Returns the full text of entries by their ids."""

    http_method_names = ["get", "options"]

    @documented(query=ObservationsParameters, responses={200: memory_serializers.ObservationsSerializer})
    def get(self, request: Request) -> Response:
        entries = search_hits.load_entries(
            get_caller(request).user_id, _parse_query_parameters(request, ObservationsParameters)["ids"]
        )
        return Response({"observations": [memory_serializers.serialize_observation(entry) for entry in entries]})


class SessionsView(APIView):
    """Lists the caller's sessions by the time of their last event, newest first."""

    http_method_names = ["get", "options"]

    @documented(query=SessionListParameters, responses={200: memory_serializers.SessionsSerializer})
    def get(self, request: Request) -> Response:
        parameters = _parse_query_parameters(request, SessionListParameters)
        before = page_cursor.decode(parameters["cursor"], (int, str))
        limit, project, state = (parameters[name] for name in ("limit", "project", "state"))
        automated = {"0": False, "1": True}.get(parameters["automated"])
        query = session_queries.SessionQuery(limit + 1, before, project, state, PageFilter(automated=automated))
        sessions = session_queries.list_sessions(get_caller(request).user_id, query)
        page, has_more = sessions[:limit], len(sessions) > limit
        next_cursor = page_cursor.encode(page[-1].row.last_us, page[-1].row.session_id) if has_more else None
        return Response(
            {"sessions": [memory_serializers.serialize_session(info) for info in page], "next_cursor": next_cursor}
        )


class SessionDetailView(APIView):
    """Returns one session."""

    http_method_names = ["get", "options"]

    @documented(responses={200: memory_serializers.SessionSerializer})
    def get(self, request: Request, session_id: str) -> Response:
        return Response(memory_serializers.serialize_session(_load_session(request, session_id)))


class TimelineView(APIView):
    """Lists the events of a session in time order."""

    http_method_names = ["get", "options"]

    @documented(query=TimelineParameters, responses={200: "Page"})
    def get(self, request: Request, session_id: str) -> HttpResponse:
        user_id, parameters = get_caller(request).user_id, _parse_query_parameters(request, TimelineParameters)
        after = page_cursor.decode(parameters["cursor"], (int, int))
        _load_session(request, session_id)
        timeline_records = session_queries.load_timeline(
            user_id, session_id, limit=parameters["limit"] + 1, after=after
        )
        page, has_more = timeline_records[: parameters["limit"]], len(timeline_records) > parameters["limit"]
        next_cursor = page_cursor.encode(*page[-1].position) if has_more else None
        # The stored texts are joined, never parsed, so that the response contains exactly what a client sent.
        events = ",".join(timeline_record.record.to_wire(user_id) for timeline_record in page)
        body = f'{{"events":[{events}],"next_cursor":{json.dumps(next_cursor)}}}'
        return HttpResponse(body.encode(), content_type="application/json")


def _parse_query_parameters(request: Request, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    serializer = serializer_class(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _load_session(request: Request, session_id: str) -> session_queries.SessionInfo:
    info = session_queries.find_session(get_caller(request).user_id, session_id)
    if info is None:
        raise Problem("not_found", "You have no such session.")
    return info
