"""`DELETE /api/events {"project"|"session_id"|"ids"|"before"}`, on the event loop, because a long log takes long.

The slices are separate calls, so that neither a thread nor the lock of the log is held longer than one slice takes.
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
from events.deletion.event_deletion import EventSelection
from events.endpoints import async_http
from events.endpoints.async_http import AsgiRequest, Send
from events.store import log
from events.wire.timestamps import parse_rfc3339

MAX_BODY_BYTES = 65_536
MAX_IDS = 1_000


async def delete_events(request: AsgiRequest, send: Send) -> None:
    """Deletes events for good and answers `{"deleted": n}` after the commit. Needs an access token."""
    caller = await async_http.run_in_thread(authentication.identify_caller, request.headers.get("authorization"))
    caller.require("account")
    async_http.require_json(request)
    select = parse_selection(await async_http.read_body(request, limit=MAX_BODY_BYTES, inflated_limit=MAX_BODY_BYTES))
    selection = await async_http.run_in_thread(select, caller.user_id)
    # Shielded: the deletion finishes even if the client disconnects.
    deleted = await asyncio.shield(_delete_in_slices(caller.user_id, selection))
    await async_http.respond(request, send, json.dumps({"deleted": deleted}).encode())


async def _delete_in_slices(user_id: UUID, selection: EventSelection) -> int:
    end, deleted = await async_http.run_in_thread(log.load_head, user_id), 0
    at: int | None = 0
    while at is not None:
        result = await async_http.run_in_thread(event_deletion.delete_slice, user_id, selection, at, end)
        deleted, at = deleted + result.deleted, result.next_seq
    return deleted


def parse_selection(body: bytes) -> Callable[[UUID], EventSelection]:
    """Parses the selection of a body, to be bound to a user. Raises Problem `malformed_json` or `invalid_input`."""
    members = json_body.parse_object(body)
    if len(members) != 1 or not members.keys() <= PARSERS.keys():
        # Rejected, because "all of these" and "any of these" would delete different events.
        raise _invalid_input("", f"Name one of {', '.join(PARSERS)}, and nothing else.")
    ((name, value),) = members.items()
    return PARSERS[name](value)


def _invalid_input(name: str, message: str) -> Problem:
    return Problem("invalid_input", errors=[{"loc": [name] if name else [], "message": message}])


def _parse_project(value: Any) -> Callable[[UUID], EventSelection]:
    name = _parse_text("project", value, max_chars=4_096)
    return lambda user_id: event_deletion.in_project(user_id, name)


def _parse_session_id(value: Any) -> Callable[[UUID], EventSelection]:
    selection = event_deletion.in_session(_parse_text("session_id", value, max_chars=1_024))
    return lambda _: selection


def _parse_text(name: str, value: Any, *, max_chars: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= max_chars or "\0" in value or not _is_valid_unicode(value):
        raise _invalid_input(name, f"This is a text of 1 to {max_chars:,} characters.")
    return value


def _is_valid_unicode(value: str) -> bool:
    """Whether the text has no lone surrogate, which no database stores."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def _parse_ids(value: Any) -> Callable[[UUID], EventSelection]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_IDS:
        raise _invalid_input("ids", f"This is a list of 1 to {MAX_IDS:,} event ids.")
    try:
        selection = event_deletion.with_ids([UUID(text) for text in value])
    except (ValueError, AttributeError, TypeError):
        raise _invalid_input("ids", "Each is the id of an event, a UUID.") from None
    return lambda _: selection


def _parse_before(value: Any) -> Callable[[UUID], EventSelection]:
    instant = parse_rfc3339(value) if isinstance(value, str) else None
    if instant is None:
        raise _invalid_input("before", "This is not an RFC 3339 time with its offset.")
    selection = event_deletion.before_time(instant)
    return lambda _: selection


PARSERS: dict[str, Callable[[Any], Callable[[UUID], EventSelection]]] = {
    "project": _parse_project,
    "session_id": _parse_session_id,
    "ids": _parse_ids,
    "before": _parse_before,
}
