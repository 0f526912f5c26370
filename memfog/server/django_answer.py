"""An answer of Django's, whole."""

from collections.abc import Mapping
from typing import Any

from a2wsgi import WSGIMiddleware

# They change nothing, and what they answer no other page can read.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Scope = Mapping[str, Any]
Answer = tuple[Mapping[str, Any], bytes]  # its start, as ASGI has it, and its content


async def collect(django: WSGIMiddleware, scope: Scope, body: bytes) -> Answer:
    """What Django answers to a request whose body is here."""
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    await django(scope, receive, send)  # type: ignore[arg-type]
    return sent[0], b"".join(message["body"] for message in sent[1:])
