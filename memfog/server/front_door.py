"""The front door, which every request passes: it assigns an id and checks the host, the size and the time of the body.

On a local server it also checks the origin. It passes complete requests without a native route to Django in a thread,
and sends the complete response itself, so that a slow client occupies no thread.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from os import urandom
from time import monotonic
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from accounts.api_base import problem
from accounts.api_base.problem import Problem
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, AsgiScope, Handler, Receive, Send
from events.endpoints.request_body import LARGE_BODY_BYTES
from memfog import tracing
from memfog.metrics.web_metrics import METHODS, OTHER_METHOD, WebMetrics
from memfog.monitoring import log_format
from memfog.server import request_checks
from memfog.server.django_answer import SAFE_METHODS
from memfog.server.page_routing import PageRouter

logger = logging.getLogger(__name__)

# Answers a large body, or returns False: then Django answers it.
LargeBodyHandler = Callable[[AsgiRequest, Send, bytes], Awaitable[bool]]
# Paths for programs that may address this machine by any name. `/metrics` has a check of its own.
ANY_HOST_PATHS = frozenset({"/healthz", "/metrics"})
# The status in the access log when the client disconnected before an answer.
CLIENT_CLOSED_REQUEST = 499
# Pages for a browser whose request the front door refuses. Rendered without the request, which may be invalid.
ERROR_PAGES = {400: "400.html", 404: "404.html"}


class FrontDoor:
    """Answers HTTP. `native` maps a path to its methods and handler; `django` is the WSGI app for other paths.

    `large_bodies` maps a path that accepts batches of events to the handler of its large ones. The bodies of Django's
    other paths are forms, credentials and queries, and are small.
    """

    def __init__(
        self,
        native: Mapping[str, tuple[tuple[str, ...], Handler]],
        large_bodies: Mapping[str, LargeBodyHandler],
        django: Callable[..., Any],
    ) -> None:
        self.native, self.large_bodies = native, large_bodies
        self.pages = PageRouter(django)
        self.metrics: WebMetrics | None = None  # set when a web process starts

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = AsgiRequest(scope, receive, urandom(16).hex(), _parse_headers(scope))
        log_format.request_id.set(request.id)
        response, started = _ResponseSender(send, request.id), monotonic()
        try:
            await self._respond_or_refuse(request, response)
        finally:
            self._record(request, response, started)

    def _record(self, request: AsgiRequest, response: "_ResponseSender", started: float) -> None:
        route, ended = self._log_route(request.path), monotonic()
        # A stream is open for hours; its time to the first byte can be compared with that of other requests.
        to_first_byte = (response.started_at or ended) - started
        self.record_request(request.id, request.method, route, response.status, ended - started, to_first_byte)
        if tracing.is_on():
            _record_span(request, route, response.status, ended - started)

    def record_request(
        self, request_id: str, method: str, route: str, status: int, seconds: float, to_first_byte: float
    ) -> None:
        """Writes a request to the access log, and counts it for `/metrics`. `status` is 0 without a response."""
        log_format.log_request(request_id, method, route, status, seconds)
        if self.metrics:
            self.metrics.observe_request(route, method, status or CLIENT_CLOSED_REQUEST, to_first_byte)

    async def _respond_or_refuse(self, request: AsgiRequest, response: "_ResponseSender") -> None:
        try:
            await self._respond(request, response)
        except async_http.ClientDisconnected:
            response.status = response.status or CLIENT_CLOSED_REQUEST
        except Exception as error:  # a stack trace goes to the log, never to the client
            expected = problem.from_exception(error)
            if expected is None:
                logger.exception("%s %s failed", request.method, self._log_route(request.path))
            if not response.status:
                await self._refuse(request, response, expected or Problem("server_error"))

    async def _refuse(self, request: AsgiRequest, response: "_ResponseSender", problem: Problem) -> None:
        template = ERROR_PAGES.get(problem.problem_type.status)
        if template is None or problem.code == "bad_host" or self._is_api(request.path):
            await async_http.respond_problem(request, response, problem)
        else:
            status, content = problem.problem_type.status, render_to_string(template).encode()
            await async_http.respond(request, response, content, status=status, content_type="text/html; charset=utf-8")

    def _log_route(self, path: str) -> str:
        """Returns the route that the log names instead of the path, which may contain a secret or a name."""
        return path if path in self.native else find_route_pattern(path)

    def _is_api(self, path: str) -> bool:
        return path in self.native or problem.is_api_path(path)

    async def _respond(self, request: AsgiRequest, send: Send) -> None:
        if request.path not in ANY_HOST_PATHS:
            _check_host(request)
        if request.path != "/healthz":
            request_checks.check_address(request)
        if settings.LOCAL and request.method not in SAFE_METHODS and self._is_api(request.path):
            _check_origin(request)
        methods, handler = self.native.get(request.path, ((), None))
        if handler is None or _is_preflight(request):
            await self._respond_by_django(request, send)
        elif request.method == "OPTIONS":
            allowed = async_http.encode_headers([("Allow", _allow_header(methods))])
            await async_http.respond(request, send, b"", content_type="text/plain", headers=allowed)
        elif request.method in methods:
            await handler(request, send)
        else:
            raise Problem("method_not_allowed", headers={"Allow": _allow_header(methods)})

    async def _respond_by_django(self, request: AsgiRequest, send: Send) -> None:
        answer_large = self.large_bodies.get(request.path) if request.method == "POST" else None
        body = await _read_body(request, may_be_large=answer_large is not None)
        if answer_large and len(body) > LARGE_BODY_BYTES and await answer_large(request, send, body):
            return
        scope = _build_plain_scope(request, len(body))
        # Collect the response first and send it from here: a client that stalls must not occupy a thread.
        if request.method in SAFE_METHODS:
            async with async_http.cancel_on_disconnect(request) as cancel_scope:
                start, content = await async_http.with_database_timeout(
                    self.pages.respond_to_read(scope, body, cancel_scope)
                )
            if cancel_scope.cancel_called:
                raise async_http.ClientDisconnected
        else:
            start, content = await async_http.with_database_timeout(self.pages.respond_to_change(scope, body))
        await async_http.send_with_timeout(send, _add_content_length(start, len(content)))
        await async_http.send_with_timeout(send, {"type": "http.response.body", "body": content})


def _record_span(request: AsgiRequest, route: str, status: int, seconds: float) -> None:
    # Clients choose the method freely.
    method = request.method if request.method in METHODS else OTHER_METHOD
    tracing.record_span(
        f"{method} {route}",
        seconds,
        failed=status >= 500,
        http__request__method=method,
        http__route=route,
        http__response__status_code=status,
        memfog__request_id=request.id,
    )


def _is_preflight(request: AsgiRequest) -> bool:
    """Whether the request is a CORS preflight, which Django's middleware answers for every path."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _allow_header(methods: tuple[str, ...]) -> str:
    return ", ".join((*methods, "OPTIONS"))


class _ResponseSender:
    """Sends a response with the request id in its headers. `status` is 0 until the response starts."""

    def __init__(self, send: Send, request_id: str) -> None:
        self.send, self.request_id, self.status, self.started_at = send, request_id, 0, 0.0

    async def __call__(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.started_at = int(message["status"]), monotonic()
            request_id_header = (b"x-request-id", self.request_id.encode())
            message = {**message, "headers": [*message["headers"], request_id_header]}
        await self.send(message)


def _add_content_length(start: Mapping[str, Any], length: int) -> Mapping[str, Any]:
    """Adds the length to the start of a complete response, so that it is not sent in chunks."""
    if not length or any(name == b"content-length" for name, _ in start["headers"]):
        return start
    return {**start, "headers": [*start["headers"], (b"content-length", b"%d" % length)]}


def find_route_pattern(path: str) -> str:
    """Returns the URL pattern of a path that Django answers, or `?` for an unknown path."""
    if path.startswith(settings.STATIC_URL):
        return f"{settings.STATIC_URL}<path>"
    try:
        return f"/{resolve(path).route}"
    except Resolver404:
        return "?"


def _parse_headers(scope: AsgiScope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        # Drop names with an underscore: WSGI cannot distinguish `X_Real_Ip` from `X-Real-Ip`.
        if "_" not in name:
            separator = "; " if name == "cookie" else ", "
            headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return headers


def _check_host(request: AsgiRequest) -> None:
    if not is_allowed_host(request.headers.get("host", "")):
        raise Problem("bad_host")


@lru_cache(maxsize=256)
def is_allowed_host(host: str) -> bool:
    """Returns whether this server answers requests with this `Host` header."""
    domain, _ = split_domain_port(host.lower())
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _check_origin(request: AsgiRequest) -> None:
    """Raises Problem `bad_origin` if a page of another site sent the request.

    On a local server another site's page must not trigger a write, even one whose response it cannot read. A body
    without a content type needs no CORS permission, and sign-up and device login need no credential. Browsers name the
    origin of the sending page; programs name none. Memfog's own pages have their own check (CSRF).
    """
    origin = request.headers.get("origin")
    own_origin = f"{'https' if settings.SECURE else 'http'}://{request.headers.get('host', '')}"
    if origin is not None and origin.lower() != own_origin.lower() and origin not in settings.CORS_ALLOWED_ORIGINS:
        raise Problem("bad_origin", "CORS_ORIGINS lists the origins that may call this server.")


async def _read_body(request: AsgiRequest, *, may_be_large: bool) -> bytes:
    is_form = not problem.is_api_path(request.path)
    if request.method not in SAFE_METHODS:
        (request_checks.check_form_type if is_form else async_http.require_json)(request)
    limit = settings.LIMITS["request_bytes"] if may_be_large else settings.SMALL_BODY_BYTES
    inflated = settings.LIMITS["inflated_bytes"] if may_be_large else settings.SMALL_BODY_BYTES
    body = await async_http.read_body(request, limit=limit, inflated_limit=inflated)
    if is_form:
        request_checks.check_form(body)
    return body


def _build_plain_scope(request: AsgiRequest, length: int) -> dict[str, Any]:
    """Builds the scope of a request with a complete body: without chunks or compression, as Django expects it."""
    headers = dict(request.headers)
    for name in ("transfer-encoding", "content-encoding"):
        headers.pop(name, None)
    headers |= {"content-length": str(length), "x-request-id": request.id}
    # The accepted type, not the client's header, because Django would look up any character set that the header names.
    headers["content-type"] = "application/json" if problem.is_api_path(request.path) else request_checks.FORM_TYPE
    scheme = "https" if settings.SECURE else "http"
    return {**request.scope, "scheme": scheme, "headers": async_http.encode_headers(headers.items())}
