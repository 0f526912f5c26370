"""The answers of an operation that are problems, with their headers, from the codes that it may answer with."""

from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from accounts.api_base.problem import CODES, CONTENT_TYPE

# What every route may answer; with a body; to whoever sends a credential that does not fit.
ALWAYS = ("bad_host", "invalid_input", "server_error", "unavailable")
WITH_BODY = ("bad_origin", "malformed_json", "timeout", "too_large", "unsupported_media_type")

Operation = dict[str, Any]


def complete(operation: Operation, codes: Iterable[str]) -> Operation:
    """The operation with an answer for each of these problems, and with the headers of every answer."""
    responses = operation["responses"]
    for status, same in sorted(_by_status(codes).items()):
        answer = responses.setdefault(str(status), {"description": _told(same), "content": {}})
        answer["content"][CONTENT_TYPE] = {"schema": _schema(same)}
    for status, answer in responses.items():
        answer["description"] = answer["description"] or HTTPStatus(int(status)).phrase
        answer["headers"] = {name: HEADERS[name] for name in ("X-Request-Id", *BY_STATUS.get(status, ()))}
    operation["responses"] = dict(sorted(responses.items()))
    return operation


def _by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    statuses: dict[int, list[str]] = defaultdict(list)
    for code in CODES:
        if code in codes:
            statuses[CODES[code].status].append(code)
    return statuses


def _told(codes: list[str]) -> str:
    return "\n".join(f"- `{code}`: {CODES[code].title}" for code in codes)


def _schema(codes: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = {"properties": {"code": {"enum": codes}}}
    if "too_large" in codes:
        named["required"] = ["limits"]
    return {"allOf": [{"$ref": "#/components/schemas/Problem"}, named]}


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema}


HEADERS = {
    "X-Request-Id": _header("The name of this request. Name it when you write to us.", type="string"),
    "WWW-Authenticate": _header("What kind of credential is asked for.", type="string"),
    "Retry-After": _header("Seconds to wait.", type="integer", minimum=1),
    "Allow": _header("The methods that this path knows.", type="string"),
}
BY_STATUS = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}
# No operation can have it: it answers a method that is none. It holds for every path.
METHOD_NOT_ALLOWED = {
    "description": _told(["method_not_allowed"]),
    "headers": {name: HEADERS[name] for name in ("X-Request-Id", "Allow")},
    "content": {CONTENT_TYPE: {"schema": _schema(["method_not_allowed"])}},
}
