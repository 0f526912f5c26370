"""`DELETE /api/events {"project"|"session_id"|"ids"|"before"}`. On the event loop: a long log takes its time.

Each slice is asked for by itself, so that neither a thread nor the log's lock is held for longer than one takes.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts import authentication
from accounts.problem import Problem
from events import deletion, live, log, native
from events.deletion import Matching
from events.native import Request, Send
from events.timestamps import microseconds

BODY_BYTES = 65_536
IDS = 1_000


async def delete(request: Request, send: Send) -> None:
    """Deletes for real, and answers `{"deleted": n}` once that is committed. Needs an access token."""
    caller = await native.read(authentication.identify, request.headers.get("authorization"))
    caller.need("account")
    native.require_json(request)
    asked = read(await native.body(request, limit=BODY_BYTES, inflated=BODY_BYTES))
    matching = await native.read(asked, caller.user_id)
    # Not given up half-way when the client is: what it asked for happens.
    deleted = await asyncio.shield(_delete(caller.user_id, matching))
    await native.respond(request, send, json.dumps({"deleted": deleted}).encode())


async def _delete(user_id: UUID, matching: Matching) -> int:
    end, deleted = await native.read(log.head, user_id), 0
    at: int | None = 0
    while at is not None:
        part = await native.read(deletion.slice_, user_id, matching, at, end)
        deleted, at = deleted + part.deleted, part.at
        if part.deleted:
            live.wake(user_id)
    return deleted


def read(body: bytes) -> Callable[[UUID], Matching]:
    """What a body asks to delete, once it is known whose. Raises Problem `malformed_json` or `invalid_input`."""
    try:
        asked = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Problem("malformed_json") from None
    if not isinstance(asked, dict):
        raise Problem("malformed_json", "The body is an object.")
    if len(asked) != 1 or not asked.keys() <= READERS.keys():
        # Refused rather than guessed: "all of these" and "any of these" delete different things.
        raise _invalid("", f"Name one of {', '.join(READERS)}, and nothing else.")
    ((name, value),) = asked.items()
    return READERS[name](value)


def _invalid(name: str, message: str) -> Problem:
    return Problem("invalid_input", errors=[{"loc": [name] if name else [], "message": message}])


def _project(value: Any) -> Callable[[UUID], Matching]:
    name = _text("project", value, longest=4_096)
    return lambda user_id: deletion.in_project(user_id, name)


def _session(value: Any) -> Callable[[UUID], Matching]:
    matching = deletion.in_session(_text("session_id", value, longest=1_024))
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
        matching = deletion.with_ids([UUID(text) for text in value])
    except (ValueError, AttributeError, TypeError):
        raise _invalid("ids", "Each is the id of an event, a UUID.") from None
    return lambda _: matching


def _before(value: Any) -> Callable[[UUID], Matching]:
    instant = microseconds(value) if isinstance(value, str) else None
    if instant is None:
        raise _invalid("before", "This is not an RFC 3339 time with its offset.")
    matching = deletion.before(instant)
    return lambda _: matching


READERS: dict[str, Callable[[Any], Callable[[UUID], Matching]]] = {
    "project": _project,
    "session_id": _session,
    "ids": _ids,
    "before": _before,
}
