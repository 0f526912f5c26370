"""Errors as `application/problem+json` (RFC 9457), the same from every entry point.

Raise `Problem("code")` anywhere; the entry point turns it into a response. Clients rely on `PROBLEM_TYPES`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from rest_framework import exceptions

CONTENT_TYPE = "application/problem+json"


class ProblemType(NamedTuple):
    status: int
    title: str
    retryable: bool = False


PROBLEM_TYPES: dict[str, ProblemType] = {
    "invalid_input": ProblemType(400, "The request is not valid"),
    "malformed_json": ProblemType(400, "The body is not the expected JSON"),
    "bad_id": ProblemType(400, "The event's id is not valid"),
    "bad_ts": ProblemType(400, "The event's time is not valid"),
    "bad_project": ProblemType(400, "The event's project is not valid"),
    "bad_kind": ProblemType(400, "The event's kind is not valid"),
    "bad_version": ProblemType(400, "The event's schema version is not valid"),
    "invalid_text": ProblemType(400, "The event's envelope contains invalid text"),
    "unknown_key": ProblemType(400, "The event has an unknown member"),
    "duplicate_key": ProblemType(400, "The event has a duplicate member"),
    "too_deep": ProblemType(400, "The event is nested too deep"),
    "invalid_token": ProblemType(400, "This link does not work"),
    "bad_host": ProblemType(400, "Unknown host name"),
    "authorization_pending": ProblemType(400, "This device is not approved yet", True),
    "slow_down": ProblemType(400, "Too soon after the last request", True),
    "access_denied": ProblemType(400, "This device was denied"),
    "expired_token": ProblemType(400, "This code is unknown, used or expired"),
    "not_authenticated": ProblemType(401, "A valid credential is required"),
    "invalid_credentials": ProblemType(401, "The address or the password is wrong"),
    "otp_required": ProblemType(401, "A second-factor code is required"),
    "email_unverified": ProblemType(403, "The address is not verified yet"),
    "forbidden": ProblemType(403, "This credential does not allow that"),
    "bad_origin": ProblemType(403, "Pages of that origin may not call this server"),
    "not_found": ProblemType(404, "Not found"),
    "method_not_allowed": ProblemType(405, "Method not allowed"),
    "not_acceptable": ProblemType(406, "Only JSON responses are available"),
    "cursor_lost": ProblemType(409, "The log has changed since this cursor"),
    "timeout": ProblemType(408, "The body arrived too slowly", True),
    "too_large": ProblemType(413, "Too large"),
    "unsupported_media_type": ProblemType(415, "Only JSON bodies are accepted"),
    "rate_limited": ProblemType(429, "Too many requests", True),
    "server_error": ProblemType(500, "Server error", True),
    "unavailable": ProblemType(503, "Temporarily unavailable", True),
}
CODE_BY_STATUS = {
    400: "invalid_input",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "unavailable",
}


class Problem(Exception):
    """A response other than 2xx. `detail` explains what to do; `extra` holds further members of the body."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.problem_type = code, PROBLEM_TYPES[code]
        self.detail = detail or self.problem_type.title
        self.errors, self.extra = errors, extra or {}
        self.headers = DEFAULT_HEADERS.get(self.problem_type.status, {}) | dict(headers or {})

    def as_dict(self, request_id: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"/docs/api#{self.code}",
            "title": self.problem_type.title,
            "status": self.problem_type.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.problem_type.retryable,
            "request_id": request_id,
            **self.extra,
        }
        return body | {"errors": list(self.errors)} if self.errors else body


DEFAULT_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="memfog"'},
    429: {"Retry-After": "60"},
    503: {"Retry-After": "5"},
}


def too_large_problem(detail: str) -> Problem:
    return Problem("too_large", detail, extra={"limits": settings.LIMITS})


def from_exception(error: Exception) -> Problem | None:
    """Returns the problem that an exception stands for; None for an unexpected exception."""
    if isinstance(error, Problem):
        return error
    # A full disk and a broken connection both reach this line: the client keeps the event and retries.
    if isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError:
        return Problem("unavailable", "The database does not respond. Try again shortly.")
    if isinstance(error, exceptions.ValidationError):
        return Problem("invalid_input", errors=list(_flatten_errors(error.detail)))
    if isinstance(error, exceptions.ParseError):
        return Problem("malformed_json", str(error.detail))
    # Only a request body raises this: stored data is bounded in depth and is read without recursion.
    if isinstance(error, RecursionError):
        return Problem("malformed_json", "The body is nested too deep.")
    if isinstance(error, exceptions.NotAcceptable):
        return Problem("not_acceptable")
    if isinstance(error, exceptions.APIException):
        return Problem(CODE_BY_STATUS[error.status_code], str(error.detail))
    return None


def _flatten_errors(detail: Any, loc: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    if isinstance(detail, Mapping):
        return [row for key, value in detail.items() for row in _flatten_errors(value, (*loc, str(key)))]
    if isinstance(detail, list):
        return [row for value in detail for row in _flatten_errors(value, loc)]
    return [{"loc": list(loc), "message": str(detail), "code": getattr(detail, "code", "invalid")}]


def get_request_id(request: HttpRequest) -> str:
    """Returns the id that the front door gave to this request."""
    return request.headers.get("X-Request-Id", "")


def to_response(problem: Problem, request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        problem.as_dict(get_request_id(request)),
        status=problem.problem_type.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )


def handle_exception(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """Exception handler of Django REST framework."""
    problem = from_exception(error)
    return to_response(problem, context["request"]) if problem else None


API_PREFIXES = ("/api/", "/auth/", "/sync/")
API_PATHS = frozenset({"/api", "/auth", "/sync", "/me", "/ingest", "/mcp", "/readyz", "/openapi.json"})


def is_api_path(path: str) -> bool:
    return path in API_PATHS or path.startswith(API_PREFIXES)


class ProblemMiddleware:
    """Answers every error on an API path as problem+json, including errors that occur before a view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not is_api_path(request.path) or _is_json_response(response):
            return response
        headers = {"Allow": response["Allow"]} if response.has_header("Allow") else {}
        code = CODE_BY_STATUS.get(response.status_code, "server_error")
        return to_response(Problem(code, headers=headers), request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        problem = from_exception(error)
        return to_response(problem, request) if problem and is_api_path(request.path) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Renders the page for an uncaught exception: Django's `handler500`.

    The status is 503 if the exception stands for a 503 problem, so that a browser waits; otherwise 500.
    """
    problem = from_exception(error) if isinstance(error := sys.exception(), Exception) else None
    if problem is None or problem.problem_type.status != 503:
        return HttpResponse(render_to_string("500.html"), status=500)
    return HttpResponse(render_to_string("503.html"), status=503, headers=problem.headers)


def _is_json_response(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith((CONTENT_TYPE, "application/json"))
