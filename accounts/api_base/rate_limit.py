"""Rate limits per client and per account. Only this module refuses attempts with credentials."""

from collections.abc import Sequence
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from accounts.api_base.problem import Problem
from accounts.api_base.rate_counters import count_use
from accounts.crypto import keyed_hash

CLIENT_RATE = "10/m"
FAILED_SIGN_IN_RATE = "20/h"
CODE_RATE = "20/h"  # six digits, three codes valid at a time: 1 in 700 a day for an attacker with the password

IpAddress = IPv4Address | IPv6Address


def count_request(request: HttpRequest, route: str) -> None:
    """Counts a call of a credential route (`register`, `login`, `forgot-password` …) by this client.

    Raises Problem `rate_limited` from the eleventh call in a minute, and `unavailable` if the store cannot count.
    """
    address = get_client_address(request)
    if address is None or not is_exempt(address):
        _count_or_raise(f"client {route}", get_network_key(address), CLIENT_RATE)


def check_password_limit(account: str) -> None:
    """Raises Problem `rate_limited` after too many wrong passwords for this account, wherever they came from."""
    _count_or_raise("wrong password", account, FAILED_SIGN_IN_RATE, check_only=True)


def count_wrong_password(account: str) -> None:
    _count_or_raise("wrong password", account, FAILED_SIGN_IN_RATE)


def count_code_attempt(account: str) -> None:
    """Counts an attempt with a short code, right or wrong.

    Raises Problem `rate_limited` after too many attempts for this account.
    """
    _count_or_raise("code", account, CODE_RATE)


def digest_network(request: HttpRequest) -> bytes:
    """Returns a keyed digest of the client's network (IPv4 by /24, IPv6 by /48). Mails are counted by it."""
    address = get_client_address(request)
    prefix_length_by_version = {4: 24, 6: 48}
    network = ip_network((address, prefix_length_by_version[address.version]), strict=False) if address else None
    return keyed_hash.compute_digests("network", str(network).encode())[0][:16]


def _count_or_raise(group: str, value: str, rate: str, *, check_only: bool = False) -> None:
    key = sha256(f"{group} {value}".encode()).hexdigest()
    try:
        usage = count_use(key, rate, increment=not check_only)
    except RedisError:
        raise _unavailable_problem() from None
    if usage is None:
        raise _unavailable_problem()
    if usage.count > usage.limit - check_only:
        wait_s = max(1, usage.seconds_left)
        raise Problem("rate_limited", f"Try again in {wait_s} s.", headers={"Retry-After": str(wait_s)})


def _unavailable_problem() -> Problem:
    return Problem("unavailable", "Sign-in is temporarily unavailable. Try again shortly.")


def get_client_address(request: HttpRequest) -> IpAddress | None:
    """Returns the peer; behind a trusted proxy, the nearest address in its header that is not a trusted proxy.

    The header of any other peer can be forged, so it is ignored. None if the peer has no address (a Unix socket).
    """
    return resolve_client_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get(settings.CLIENT_IP_HEADER, "")
    )


def resolve_client_address(peer_text: str, forwarded_for: str) -> IpAddress | None:
    """Returns the client's address, given the peer's address and the value of `CLIENT_IP_HEADER`."""
    peer = _parse_address(peer_text)
    if peer is None or not _is_in(peer, settings.TRUSTED_PROXIES):
        return peer
    for text in reversed(forwarded_for.split(",")):
        address = _parse_address(text.strip())
        if address is None:
            return peer
        if not _is_in(address, settings.TRUSTED_PROXIES):
            return address
    return peer


def _parse_address(text: str) -> IpAddress | None:
    try:
        # A zone (`%eth0`) names the link, not the host.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_exempt(address: IpAddress) -> bool:
    """Whether the address is in `RATE_EXEMPT_IPS`: an office behind one address."""
    return _is_in(address, settings.RATE_EXEMPT_IPS)


def _is_in(address: IpAddress, networks: Sequence[str]) -> bool:
    return any(address in ip_network(network, strict=False) for network in networks)


def get_network_key(address: IpAddress | None) -> str:
    """Returns the key to count an address by: IPv6 by /64, because one subscriber gets a whole /64."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
