"""The routes that no DRF view answers: those on the event loop, and this server's own."""

from typing import Any

from events.wire import envelope
from memfog.openapi.operation_names import operation_id, tag
from memfog.openapi.problem_responses import ALWAYS, WITH_BODY, Operation, complete

JSON = "application/json"


def paths() -> dict[str, dict[str, Operation]]:
    return {path: {method: make(method, path)} for (method, path), make in ROUTES.items()}


def _operation(method: str, path: str, summary: str, description: str = "", **members: Any) -> Operation:
    return {
        "operationId": operation_id(method, path),
        "tags": [tag(path)],
        "summary": summary,
        "description": description,
        "security": [{}],
        **members,
    }


def _answer(description: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _shape(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _ingest(method: str, path: str) -> Operation:
    operation = _operation(
        method,
        path,
        "Stores one event, or a batch",
        "When it answers 200, the events are committed. Sending an event again changes nothing: the first version of "
        "an id stays. One bad event never blocks its neighbours: it is named in `rejected`, and the rest is stored. "
        "Only an event that is sent bare, outside a list, is refused as a whole. `Content-Encoding: gzip` is taken.",
        security=[{"bearer": ["capture"]}],
        requestBody={"required": True, "content": {JSON: {"schema": _shape("Ingest")}}},
        responses={"200": _answer("Committed", JSON, _shape("Accepted"))},
    )
    return complete(operation, {*ALWAYS, *WITH_BODY, *envelope.REASONS, "not_authenticated", "rate_limited"})


def _stream(method: str, path: str) -> Operation:
    operation = _operation(
        method,
        path,
        "Sends events as they are stored",
        "Server-sent events, from now on; after `Last-Event-ID` or `cursor` without loss. A message `event` holds an "
        "event as pull gives it, `deleted` the id of one that is gone; its `id` is the cursor after it. "
        "A comment comes every 15 seconds as a sign of life. Beyond the streams that `GET /api/limits` names, one more "
        "is refused with 429 until another ends.",
        security=[{"bearer": ["read"]}],
        parameters=[
            _parameter("header", "Last-Event-ID", "The `id` of the last message that arrived."),
            _parameter("query", "cursor", "The same, for a first connection. The header goes before it."),
        ],
        responses={"200": _answer("The stream", "text/event-stream", {"type": "string"})},
    )
    return complete(operation, {*ALWAYS, "not_authenticated", "forbidden", "rate_limited"})


def _delete(method: str, path: str) -> Operation:
    operation = _operation(
        method,
        path,
        "Deletes events for real",
        "All of a project, of a session, those with these ids, or those before a time. The ids stay behind: pushing "
        "one again is a duplicate, and readers by cursor learn that it is gone. No API token may do this.",
        security=[{"bearer": ["account"]}],
        requestBody={"required": True, "content": {JSON: {"schema": _shape("Deletion")}}},
        responses={"200": _answer("Deleted", JSON, _shape("Deleted"))},
    )
    return complete(operation, {*ALWAYS, *WITH_BODY, "not_authenticated", "forbidden"})


def _export(method: str, path: str) -> Operation:
    operation = _operation(
        method,
        path,
        "Gives everything that is kept",
        "One event a line, as pull gives it, in the order in which they were stored. `whole=1` adds what else there is "
        "of the account, one record a line, for `manage.py import_account` on another server: the ids of deleted "
        "events, and what was chosen. No API token may do this.",
        security=[{"bearer": ["account"]}],
        parameters=[_parameter("query", "whole", "`1`: all of the account.", example="1")],
        responses={"200": _answer("NDJSON", "application/x-ndjson", {"type": "string"})},
    )
    return complete(operation, {*ALWAYS, "not_authenticated", "forbidden"})


def _mcp(method: str, path: str) -> Operation:
    operation = _operation(
        method,
        path,
        "Memory for tools that speak MCP",
        "The Model Context Protocol by streamable HTTP, without sessions and without streams: one JSON-RPC message in, "
        "its answer out. The tools `search`, `timeline`, `get_observations` and `recent` only read; `tools/list` says "
        "what each takes and what it costs.",
        security=[{"bearer": ["read"]}],
        requestBody={"required": True, "content": {JSON: {"schema": _shape("Message")}}},
        responses={
            "200": _answer("The answer", JSON, _shape("MessageAnswer")),
            "202": {"description": "A notification was taken"},
            "400": _answer("", JSON, _shape("MessageAnswer")),
            "404": _answer("There is no such method", JSON, _shape("MessageAnswer")),
        },
    )
    return complete(operation, {*ALWAYS, *WITH_BODY, "not_authenticated", "forbidden"})


def _parameter(place: str, name: str, description: str, *, example: str = "4711") -> dict[str, Any]:
    schema = {"type": "string", "examples": [example]}
    return {"in": place, "name": name, "description": description, "schema": schema}


def _alive(method: str, path: str) -> Operation:
    body = {"type": "string", "const": "ok"}
    text = _operation(method, path, "Is the process alive?", "Asks no database.")
    return complete(text | {"responses": {"200": _answer("It is", "text/plain", body)}}, ())


def _ready(method: str, path: str) -> Operation:
    text = _operation(method, path, "Is the server able to serve?", "Looks at each part that it stands on.")
    answers = {"200": _answer("Every part answers", JSON, _shape("Readiness"))}
    answers["503"] = _answer("A part is down", JSON, _shape("Readiness"))
    return complete(text | {"responses": answers}, ALWAYS)


def _document(method: str, path: str) -> Operation:
    text = _operation(method, path, "This reference, for programs", "OpenAPI 3.1.")
    body = {"type": "object", "required": ["openapi", "info", "paths"]}
    return complete(
        text | {"responses": {"200": _answer("The document", JSON, body)}},
        ("bad_host", "invalid_input", "server_error"),
    )


ROUTES = {
    ("post", "/ingest"): _ingest,
    ("get", "/api/events/stream"): _stream,
    ("get", "/api/export"): _export,
    ("delete", "/api/events"): _delete,
    ("post", "/mcp"): _mcp,
    ("get", "/healthz"): _alive,
    ("get", "/readyz"): _ready,
    ("get", "/openapi.json"): _document,
}
