"""A request body of events and its answer, the same for both doors that take events."""

import json
from contextlib import nullcontext
from dataclasses import asdict
from threading import Lock
from uuid import UUID

from accounts.api_base.problem import Problem, too_large
from events.store.log import Appended, Batch
from events.wire import batch_parser


def read(user_id: UUID, body: bytes) -> tuple[Batch, list[batch_parser.Rejected]]:
    """The events in a body, with those that cannot be taken. Raises Problem as `read_push` does."""
    batch = _read(body, deletions=False)
    return Batch(user_id, batch.events), batch.rejected


def read_push(body: bytes) -> batch_parser.Batch:
    """The events in a body, those that cannot be taken, and the ids of events to delete.

    Raises Problem when nothing of it can be taken: not JSON of either form, too many events, or a single bare
    event that is not valid.
    """
    return _read(body, deletions=True)


# Large bodies are read one after the other: several threads that compute would keep the event loop from its turn.
LARGE = 65_536  # bytes
_reading = Lock()


def _read(body: bytes, *, deletions: bool) -> batch_parser.Batch:
    with _reading if len(body) > LARGE else nullcontext():
        return _read_now(body, deletions=deletions)


def _read_now(body: bytes, *, deletions: bool) -> batch_parser.Batch:
    try:
        batch, bare = batch_parser.read(body, deletions=deletions)
    except batch_parser.Malformed as error:
        raise Problem("malformed_json", str(error)) from None
    except batch_parser.TooMany:
        raise too_large(f"A request carries at most {batch_parser.EVENTS:,} events.") from None
    if bare and batch.rejected:
        raise _problem(batch.rejected[0])
    return batch


def _problem(rejected: batch_parser.Rejected) -> Problem:
    return too_large(rejected.detail) if rejected.code == "too_large" else Problem(rejected.code, rejected.detail)


def answer(appended: Appended, rejected: list[batch_parser.Rejected], deleted: int | None = None) -> bytes:
    """`{"accepted":n}`, and what else there is to say only when there is."""
    duplicates = f',"duplicates":{appended.duplicates}' if appended.duplicates else ""
    told = f',"rejected":{_told(rejected)}' if rejected else ""
    gone = "" if deleted is None else f',"deleted":{deleted}'
    return f'{{"accepted":{appended.accepted}{duplicates}{told}{gone}}}'.encode()


def _told(rejected: list[batch_parser.Rejected]) -> str:
    return json.dumps([asdict(one) for one in rejected], separators=(",", ":"))
