"""Operations of the routes without a DRF view: native routes, `/readyz` and `/openapi.json`."""

from typing import Any

from events.wire import envelope
from memfog.openapi.operation_names import find_tag, make_operation_id
from memfog.openapi.problem_responses import BODY_CODES, COMMON_CODES, Operation, add_problem_responses

JSON_TYPE = "application/json"


def build_paths() -> dict[str, dict[str, Operation]]:
    return {path: {method: make(method, path)} for (method, path), make in OPERATION_BUILDERS.items()}


def _build_operation(method: str, path: str, summary: str, description: str = "", **extra: Any) -> Operation:
    return {
        "operationId": make_operation_id(method, path),
        "tags": [find_tag(path)],
        "summary": summary,
        "description": description,
        "security": [{}],
        **extra,
    }


def _build_response(description: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _document_ingest(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Stores one event, or a batch",
        "Status 200 means that the events are committed. An event that is sent again changes nothing: the first "
        "version of an id stays. A faulty event does not affect others: `rejected` lists it, and the rest is stored. "
        "Only a single event outside a list is refused with an error. `Content-Encoding: gzip` is accepted.",
        security=[{"bearer": ["capture"]}],
        parameters=[
            _build_parameter(
                "header",
                "Memfog-Machine",
                "The client's machine, as JSON: `name`, `version`, `build`, and the counts `waiting`, `oldest_s` and "
                "`refused`. Anything else is ignored.",
                example='{"name": "laptop", "version": "0.1.0", "waiting": 12}',
            )
        ],
        requestBody={"required": True, "content": {JSON_TYPE: {"schema": _ref("Ingest")}}},
        responses={"200": _build_response("Committed", JSON_TYPE, _ref("Accepted"))},
    )
    return add_problem_responses(
        operation, {*COMMON_CODES, *BODY_CODES, *envelope.REJECTION_CODES, "not_authenticated", "rate_limited"}
    )


def _document_stream(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Sends events as they are stored",
        "Server-sent events from now on, or without loss after `Last-Event-ID` or `cursor`. A message `event` contains "
        "an event in the format of pull, `deleted` the id of a deleted event; the `id` of a message is the cursor "
        "after it. A comment every 15 seconds keeps the connection alive. More streams than `GET /api/limits` allows "
        "are refused with 429.",
        security=[{"bearer": ["read"]}],
        parameters=[
            _build_parameter("header", "Last-Event-ID", "The `id` of the last message that arrived."),
            _build_parameter("query", "cursor", "The same, for a first connection. The header has priority."),
        ],
        responses={"200": _build_response("The stream", "text/event-stream", {"type": "string"})},
    )
    return add_problem_responses(operation, {*COMMON_CODES, "not_authenticated", "forbidden", "rate_limited"})


def _document_delete(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Deletes events permanently",
        "Deletes the events of a project or session, events with given ids, or events before a time. The server keeps "
        "the ids: pushing one again is a duplicate, and readers by cursor get its deletion. API tokens cannot do this.",
        security=[{"bearer": ["account"]}],
        requestBody={"required": True, "content": {JSON_TYPE: {"schema": _ref("Deletion")}}},
        responses={"200": _build_response("Deleted", JSON_TYPE, _ref("Deleted"))},
    )
    return add_problem_responses(operation, {*COMMON_CODES, *BODY_CODES, "not_authenticated", "forbidden"})


def _document_export(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Exports all events",
        "One event per line in the format of pull, in the order of storage. `whole=1` adds the rest of the account, "
        "one record per line, for `manage.py import_account` on another server: ids of deleted events, and "
        "preferences. API tokens cannot do this.",
        security=[{"bearer": ["account"]}],
        parameters=[_build_parameter("query", "whole", "`1`: all of the account.", example="1")],
        responses={"200": _build_response("NDJSON", "application/x-ndjson", {"type": "string"})},
    )
    return add_problem_responses(operation, {*COMMON_CODES, "not_authenticated", "forbidden"})


def _document_mcp(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Serves memory through MCP",
        "The Model Context Protocol by streamable HTTP, without sessions and without streams: one JSON-RPC message in, "
        "its answer out. The tools `search`, `timeline`, `get_observations`, `recent`, `file_history` and `commit` "
        "only read; `tools/list` describes their parameters and costs.",
        security=[{"bearer": ["read"]}],
        requestBody={"required": True, "content": {JSON_TYPE: {"schema": _ref("Message")}}},
        responses={
            "200": _build_response("The answer", JSON_TYPE, _ref("MessageAnswer")),
            "202": {"description": "The notification was accepted"},
            "400": _build_response("", JSON_TYPE, _ref("MessageAnswer")),
            "404": _build_response("There is no such method", JSON_TYPE, _ref("MessageAnswer")),
        },
    )
    return add_problem_responses(operation, {*COMMON_CODES, *BODY_CODES, "not_authenticated", "forbidden"})


def _build_parameter(location: str, name: str, description: str, *, example: str = "4711") -> dict[str, Any]:
    schema = {"type": "string", "examples": [example]}
    return {"in": location, "name": name, "description": description, "schema": schema}


def _document_healthz(method: str, path: str) -> Operation:
    body = {"type": "string", "const": "ok"}
    operation = _build_operation(method, path, "Is the process alive?", "Does not query the database.")
    return add_problem_responses(operation | {"responses": {"200": _build_response("It is", "text/plain", body)}}, ())


def _document_readyz(method: str, path: str) -> Operation:
    operation = _build_operation(
        method,
        path,
        "Is the server able to serve?",
        "Checks the database, the broker, the migrations, and that the tables fit the code. A worker or a beat that is "
        "not well is named and makes no 503.",
    )
    responses = {"200": _build_response("Every part answers", JSON_TYPE, _ref("Readiness"))}
    responses["503"] = _build_response("A part is down", JSON_TYPE, _ref("Readiness"))
    return add_problem_responses(operation | {"responses": responses}, COMMON_CODES)


def _document_openapi(method: str, path: str) -> Operation:
    operation = _build_operation(method, path, "This reference, for programs", "OpenAPI 3.1.")
    body = {"type": "object", "required": ["openapi", "info", "paths"]}
    return add_problem_responses(
        operation | {"responses": {"200": _build_response("The document", JSON_TYPE, body)}},
        ("bad_host", "invalid_input", "server_error"),
    )


OPERATION_BUILDERS = {
    ("post", "/ingest"): _document_ingest,
    ("get", "/api/events/stream"): _document_stream,
    ("get", "/api/export"): _document_export,
    ("delete", "/api/events"): _document_delete,
    ("post", "/mcp"): _document_mcp,
    ("get", "/healthz"): _document_healthz,
    ("get", "/readyz"): _document_readyz,
    ("get", "/openapi.json"): _document_openapi,
}
