"""An answer of Django's, whole."""

from collections.abc import Mapping
from typing import Any

from a2wsgi import WSGIMiddleware

# They change nothing, and what they answer no other page can read.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

AsgiScope = Mapping[str, Any]
DjangoResponse = tuple[Mapping[str, Any], bytes]  # its start, as ASGI has it, and its content


async def collect_response(django: WSGIMiddleware, scope: AsgiScope, body: bytes) -> DjangoResponse:
    """What Django answers to a request whose body is here."""
    messages: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        messages.append(message)

    await django(scope, receive, send)  # type: ignore[arg-type]
    return messages[0], b"".join(message["body"] for message in messages[1:])
