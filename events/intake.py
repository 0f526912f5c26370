"""A request body of events and its answer, the same for both doors that take events."""

import json
from dataclasses import asdict
from uuid import UUID

from accounts.problem import Problem, too_large
from events import shape
from events.log import Appended, Batch


def read(user_id: UUID, body: bytes) -> tuple[Batch, list[shape.Rejected]]:
    """The events in a body, with those that cannot be taken. Raises Problem as `read_push` does."""
    batch = _read(body, deletions=False)
    return Batch(user_id, batch.events), batch.rejected


def read_push(body: bytes) -> shape.Batch:
    """The events in a body, those that cannot be taken, and the ids of events to delete.

    Raises Problem when nothing of it can be taken: not JSON of either form, too many events, or a single bare
    event that is not valid.
    """
    return _read(body, deletions=True)


def _read(body: bytes, *, deletions: bool) -> shape.Batch:
    try:
        batch, bare = shape.read(body, deletions=deletions)
    except shape.Malformed as error:
        raise Problem("malformed_json", str(error)) from None
    except shape.TooMany:
        raise too_large(f"A request carries at most {shape.EVENTS:,} events.") from None
    if bare and batch.rejected:
        raise _problem(batch.rejected[0])
    return batch


def _problem(rejected: shape.Rejected) -> Problem:
    return too_large(rejected.detail) if rejected.code == "too_large" else Problem(rejected.code, rejected.detail)


def answer(appended: Appended, rejected: list[shape.Rejected], deleted: int | None = None) -> bytes:
    """`{"accepted":n}`, and what else there is to say only when there is."""
    duplicates = f',"duplicates":{appended.duplicates}' if appended.duplicates else ""
    told = f',"rejected":{_told(rejected)}' if rejected else ""
    gone = "" if deleted is None else f',"deleted":{deleted}'
    return f'{{"accepted":{appended.accepted}{duplicates}{told}{gone}}}'.encode()


def _told(rejected: list[shape.Rejected]) -> str:
    return json.dumps([asdict(one) for one in rejected], separators=(",", ":"))
