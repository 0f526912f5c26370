"""`DELETE /api/events {"project"|"session_id"|"ids"|"before"}`. On the event loop: a long log takes its time.

Each slice is asked for by itself, so that neither a thread nor the log's lock is held for longer than one takes.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.api_base import json_body
from accounts.api_base.problem import Problem
from accounts.credentials import authentication
from events.deletion import event_deletion
from events.deletion.event_deletion import Matching
from events.endpoints import async_http
from events.endpoints.async_http import Request, Send
from events.store import log, stream_hub
from events.wire.timestamps import microseconds

BODY_BYTES = 65_536
IDS = 1_000


async def delete(request: Request, send: Send) -> None:
    """Deletes for real, and answers `{"deleted": n}` once that is committed. Needs an access token."""
    caller = await async_http.read(authentication.identify, request.headers.get("authorization"))
    caller.need("account")
    async_http.require_json(request)
    asked = read(await async_http.body(request, limit=BODY_BYTES, inflated=BODY_BYTES))
    matching = await async_http.read(asked, caller.user_id)
    # Not given up half-way when the client is: what it asked for happens.
    deleted = await asyncio.shield(_delete(caller.user_id, matching))
    await async_http.respond(request, send, json.dumps({"deleted": deleted}).encode())


async def _delete(user_id: UUID, matching: Matching) -> int:
    end, deleted = await async_http.read(log.head, user_id), 0
    at: int | None = 0
    while at is not None:
        part = await async_http.read(event_deletion.slice_, user_id, matching, at, end)
        deleted, at = deleted + part.deleted, part.at
        if part.deleted:
            stream_hub.wake(user_id)
    return deleted


def read(body: bytes) -> Callable[[UUID], Matching]:
    """What a body asks to delete, once it is known whose. Raises Problem `malformed_json` or `invalid_input`."""
    asked = json_body.parse_object(body)
    if len(asked) != 1 or not asked.keys() <= READERS.keys():
        # Refused rather than guessed: "all of these" and "any of these" delete different things.
        raise _invalid("", f"Name one of {', '.join(READERS)}, and nothing else.")
    ((name, value),) = asked.items()
    return READERS[name](value)


def _invalid(name: str, message: str) -> Problem:
    return Problem("invalid_input", errors=[{"loc": [name] if name else [], "message": message}])


def _project(value: Any) -> Callable[[UUID], Matching]:
    name = _text("project", value, longest=4_096)
    return lambda user_id: event_deletion.in_project(user_id, name)


def _session(value: Any) -> Callable[[UUID], Matching]:
    matching = event_deletion.in_session(_text("session_id", value, longest=1_024))
    return lambda _: matching


def _text(name: str, value: Any, *, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value or not _is_whole(value):
        raise _invalid(name, f"This is a text of 1 to {longest:,} characters.")
    return value


def _is_whole(value: str) -> bool:
    """No half of a character is in it: a database takes none."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def _ids(value: Any) -> Callable[[UUID], Matching]:
    if not isinstance(value, list) or not 0 < len(value) <= IDS:
        raise _invalid("ids", f"This is a list of 1 to {IDS:,} event ids.")
    try:
        matching = event_deletion.with_ids([UUID(text) for text in value])
    except (ValueError, AttributeError, TypeError):
        raise _invalid("ids", "Each is the id of an event, a UUID.") from None
    return lambda _: matching


def _before(value: Any) -> Callable[[UUID], Matching]:
    instant = microseconds(value) if isinstance(value, str) else None
    if instant is None:
        raise _invalid("before", "This is not an RFC 3339 time with its offset.")
    matching = event_deletion.before(instant)
    return lambda _: matching


READERS: dict[str, Callable[[Any], Callable[[UUID], Matching]]] = {
    "project": _project,
    "session_id": _session,
    "ids": _ids,
    "before": _before,
}
