"""Limits the open streams of this process per user and per address, because each holds a connection."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings

from accounts.api_base import rate_limit
from accounts.api_base.problem import Problem
from events import measures
from events.endpoints.async_http import AsgiRequest

RETRY_AFTER_S = 15  # the stream of a closed tab has ended by then

# Used on the event loop only, so without a lock.
_open_by_user: Counter[UUID] = Counter()
_open_by_address: Counter[str] = Counter()


@contextmanager
def open_stream(request: AsgiRequest, user_id: UUID) -> Iterator[None]:
    """Counts a stream while it is open. Raises Problem `rate_limited` if too many are open."""
    check_stream_limits(request, user_id)
    address = _client_network(request)
    _open_by_user[user_id] += 1
    _open_by_address[address] += 1
    measures.observer.add_open_streams(1)
    try:
        yield
    finally:
        measures.observer.add_open_streams(-1)
        _decrement(_open_by_user, user_id)
        _decrement(_open_by_address, address)


def check_stream_limits(request: AsgiRequest, user_id: UUID) -> None:
    """Raises Problem `rate_limited` if no further stream may be opened. Call before any read for the stream."""
    if _open_by_user[user_id] >= settings.LIMITS["streams_per_user"]:
        raise _too_many_streams(f"This account has {_open_by_user[user_id]} open streams. Close one first.")
    address = _client_network(request)
    if address and _open_by_address[address] >= settings.LIMITS["streams_per_address"]:
        raise _too_many_streams("Too many streams are open from this address. Close one first.")


def _too_many_streams(detail: str) -> Problem:
    return Problem("rate_limited", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _client_network(request: AsgiRequest) -> str:
    """Returns the key of the client's network; empty if the address is unknown or exempt from the limit."""
    peer = (request.scope.get("client") or ("",))[0]
    address = rate_limit.resolve_client_address(peer, request.headers.get(settings.CLIENT_IP_HEADER.lower(), ""))
    return "" if address is None or rate_limit.is_exempt(address) else rate_limit.get_network_key(address)


def _decrement(counter: Counter[UUID] | Counter[str], key: UUID | str) -> None:
    counter[key] -= 1  # type: ignore[index]  # a key is always used with its own counter
    if counter[key] <= 0:  # type: ignore[index]
        del counter[key]
