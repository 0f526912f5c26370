"""Builds the problem responses of an operation and their headers from its problem codes."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from accounts.api_base.problem import CONTENT_TYPE, PROBLEM_TYPES

# Problem codes of every route, and additional codes of every route with a body.
COMMON_CODES = ("bad_host", "invalid_input", "server_error", "unavailable")
BODY_CODES = ("bad_origin", "malformed_json", "timeout", "too_large", "unsupported_media_type")

Operation = dict[str, Any]


def add_problem_responses(operation: Operation, codes: Iterable[str]) -> Operation:
    """Adds a response for each problem code to an operation, and headers to each response; returns the operation."""
    responses = operation["responses"]
    for status, status_codes in sorted(_group_by_status(codes).items()):
        response = responses.setdefault(str(status), {"description": _describe_codes(status_codes), "content": {}})
        response["content"][CONTENT_TYPE] = {"schema": _build_schema(status_codes)}
    for status, response in responses.items():
        response["description"] = response["description"] or HTTPStatus(int(status)).phrase
        response["headers"] = {name: HEADERS[name] for name in ("X-Request-Id", *HEADERS_BY_STATUS.get(status, ()))}
    operation["responses"] = dict(sorted(responses.items()))
    return operation


def _group_by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    statuses: dict[int, list[str]] = defaultdict(list)
    for code in PROBLEM_TYPES:
        if code in codes:
            statuses[PROBLEM_TYPES[code].status].append(code)
    return statuses


def _describe_codes(codes: list[str]) -> str:
    return "\n".join(f"- `{code}`: {PROBLEM_TYPES[code].title}" for code in codes)


def _build_schema(codes: list[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": {"code": {"enum": codes}}}
    if "too_large" in codes:
        schema["required"] = ["limits"]
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, schema]}


def _build_header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema}


HEADERS = {
    "X-Request-Id": _build_header("The id of this request. Include it when you contact support.", type="string"),
    "WWW-Authenticate": _build_header("The required type of credential.", type="string"),
    "Retry-After": _build_header("Seconds to wait.", type="integer", minimum=1),
    "Allow": _build_header("The methods of this path.", type="string"),
}
HEADERS_BY_STATUS = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}
# The document lists this response once for all paths, since a method without an operation causes it.
METHOD_NOT_ALLOWED = {
    "description": _describe_codes(["method_not_allowed"]),
    "headers": {name: HEADERS[name] for name in ("X-Request-Id", "Allow")},
    "content": {CONTENT_TYPE: {"schema": _build_schema(["method_not_allowed"])}},
}
