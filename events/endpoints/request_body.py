"""Parses a request body of events and formats the response, for `POST /ingest` and `POST /sync/push`."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from threading import Lock

from accounts.api_base.problem import Problem, too_large_problem
from events import limits
from events.store.log import Appended
from events.wire import batch_parser


def parse_ingest(body: bytes) -> batch_parser.ParsedBatch:
    """Parses the events of a body, and the rejections. Raises Problem as `parse_push` does."""
    return _parse_body(body, allow_deletions=False)


# Enough that a commit of a part costs little beside its events.
PART_SIZE = 100


def parse_ingest_in_parts(body: bytes) -> Iterator[batch_parser.ParsedBatch]:
    """Parses a body in parts, so that one is stored while the next is parsed. Raises Problem before the first part."""
    parts = parse_added_in_parts(body)
    return iter([parse_ingest(body)]) if parts is None else parts


def parse_added_in_parts(body: bytes) -> Iterator[batch_parser.ParsedBatch] | None:
    """The same for a body that only adds events in the usual form; returns None for any other body."""
    with _parse_lock:
        parts = batch_parser.parse_parts(body, size=PART_SIZE)
    return None if parts is None else _iterate_locked(parts)


def _iterate_locked(parts: Iterator[batch_parser.ParsedBatch]) -> Iterator[batch_parser.ParsedBatch]:
    while True:
        with _parse_lock:
            part = next(parts, None)
        if part is None:
            return
        yield part


def parse_push(body: bytes) -> batch_parser.ParsedBatch:
    """Parses the events, rejections and ids to delete of a body.

    Raises Problem if the whole body is rejected: it is not JSON of either form, has too many events, or is a single
    event that is invalid.
    """
    return _parse_body(body, allow_deletions=True)


# Large bodies are parsed one at a time: several computing threads would delay the event loop.
LARGE_BODY_BYTES = 65_536
_parse_lock = Lock()


def _parse_body(body: bytes, *, allow_deletions: bool) -> batch_parser.ParsedBatch:
    with _parse_lock if len(body) > LARGE_BODY_BYTES else nullcontext():
        return _parse_unlocked(body, allow_deletions=allow_deletions)


def _parse_unlocked(body: bytes, *, allow_deletions: bool) -> batch_parser.ParsedBatch:
    try:
        batch, is_single = batch_parser.parse_body(body, allow_deletions=allow_deletions)
    except batch_parser.MalformedBody as error:
        raise Problem("malformed_json", str(error)) from None
    except batch_parser.TooManyEvents:
        raise too_large_problem(f"A request may have at most {limits.MAX_EVENTS:,} events.") from None
    if is_single and batch.rejected:
        raise _to_problem(batch.rejected[0])
    return batch


def _to_problem(rejected: batch_parser.Rejection) -> Problem:
    return (
        too_large_problem(rejected.detail) if rejected.code == "too_large" else Problem(rejected.code, rejected.detail)
    )


def format_response(appended: Appended, rejected: list[batch_parser.Rejection], deleted: int | None = None) -> bytes:
    """Formats `{"accepted":n}`, with `duplicates` and `rejected` if there are any, and `deleted` if it is not None."""
    duplicates_member = f',"duplicates":{appended.duplicates}' if appended.duplicates else ""
    rejected_member = f',"rejected":{_format_rejections(rejected)}' if rejected else ""
    deleted_member = "" if deleted is None else f',"deleted":{deleted}'
    return f'{{"accepted":{appended.accepted}{duplicates_member}{rejected_member}{deleted_member}}}'.encode()


def _format_rejections(rejected: list[batch_parser.Rejection]) -> str:
    return json.dumps([asdict(one) for one in rejected], separators=(",", ":"))
