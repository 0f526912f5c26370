"""Collects a complete response of Django."""

from collections.abc import Mapping
from typing import Any

from a2wsgi import WSGIMiddleware

# Methods that change nothing and whose responses pages of other sites cannot read.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

AsgiScope = Mapping[str, Any]
DjangoResponse = tuple[Mapping[str, Any], bytes]  # the ASGI message `http.response.start`, and the content


async def collect_response(django: WSGIMiddleware, scope: AsgiScope, body: bytes) -> DjangoResponse:
    """Returns Django's response to a request whose body is complete."""
    messages: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        messages.append(message)

    await django(scope, receive, send)  # type: ignore[arg-type]
    return messages[0], b"".join(message["body"] for message in messages[1:])
