"""How many streams may be open in this process, of one user and from one address. Each holds a connection."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings

from accounts.api_base import rate_limit
from accounts.api_base.problem import Problem
from events.endpoints.async_http import Request

RETRY_SECONDS = 15  # a closed tab has let go of its stream by then

# On the event loop alone, so without a lock.
_of_user: Counter[UUID] = Counter()
_of_address: Counter[str] = Counter()


@contextmanager
def open_stream(request: Request, user_id: UUID) -> Iterator[None]:
    """Counts a stream while it is open. Raises Problem `rate_limited` where there are enough."""
    check_room(request, user_id)
    address = _address(request)
    _of_user[user_id] += 1
    _of_address[address] += 1
    try:
        yield
    finally:
        _let_go(_of_user, user_id)
        _let_go(_of_address, address)


def check_room(request: Request, user_id: UUID) -> None:
    """Raises Problem `rate_limited` where no other stream may be opened. Before anything is read for one."""
    if _of_user[user_id] >= settings.LIMITS["streams_per_user"]:
        raise _refused(f"This account has {_of_user[user_id]} streams open here; close one first.")
    address = _address(request)
    if address and _of_address[address] >= settings.LIMITS["streams_per_address"]:
        raise _refused("Too many streams are open from this address; close one first.")


def _refused(detail: str) -> Problem:
    return Problem("rate_limited", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def _address(request: Request) -> str:
    """Whose network it comes from; empty where that does not count."""
    peer = (request.scope.get("client") or ("",))[0]
    address = rate_limit.address_of(peer, request.headers.get(settings.CLIENT_IP_HEADER.lower(), ""))
    return "" if address is None or rate_limit.is_exempt(address) else rate_limit.network_of(address)


def _let_go(counter: Counter[UUID] | Counter[str], key: UUID | str) -> None:
    counter[key] -= 1  # type: ignore[index]  # each is let go where it was counted
    if counter[key] <= 0:  # type: ignore[index]
        del counter[key]
