"""How often one client, or one account, may try. The only place that refuses."""

from collections.abc import Sequence
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from accounts.api_base.problem import Problem
from accounts.api_base.rate_counters import count_use
from accounts.crypto import keyed_hash

PER_CLIENT = "10/m"
WRONG_PASSWORDS = "20/h"
CODES = "20/h"  # six digits, three of which are good at a time: 1 in 700 a day for who has the password

Address = IPv4Address | IPv6Address


def count(request: HttpRequest, route: str) -> None:
    """Counts a call of a credential route (`register`, `login`, `forgot-password` …) by this client.

    Raises Problem `rate_limited` from the eleventh in a minute, `unavailable` when nobody can count.
    """
    address = client_address(request)
    if address is None or not is_exempt(address):
        _use(f"client {route}", network_of(address), PER_CLIENT)


def may_guess(account: str) -> None:
    """Raises Problem `rate_limited` after too many wrong passwords for this account, from wherever they came."""
    _use("wrong password", account, WRONG_PASSWORDS, look_only=True)


def count_wrong_guess(account: str) -> None:
    _use("wrong password", account, WRONG_PASSWORDS)


def count_code(account: str) -> None:
    """Counts a try at a short code, right or wrong. Raises Problem `rate_limited` after too many for this account."""
    _use("code", account, CODES)


def network_digest(request: HttpRequest) -> bytes:
    """Who asks, coarsely (IPv4 by /24, IPv6 by /48) and as a keyed digest: what mails are counted by."""
    address = client_address(request)
    bits = {4: 24, 6: 48}
    network = ip_network((address, bits[address.version]), strict=False) if address else None
    return keyed_hash.digests("network", str(network).encode())[0][:16]


def _use(group: str, value: str, rate: str, *, look_only: bool = False) -> None:
    key = sha256(f"{group} {value}".encode()).hexdigest()
    try:
        usage = count_use(key, rate, increment=not look_only)
    except RedisError:
        raise _down() from None
    if usage is None:
        raise _down()
    if usage.count > usage.limit - look_only:
        wait = max(1, usage.seconds_left)
        raise Problem("rate_limited", f"Try again in {wait} s.", headers={"Retry-After": str(wait)})


def _down() -> Problem:
    return Problem("unavailable", "Nobody can be let in for the moment; try again shortly.")


def client_address(request: HttpRequest) -> Address | None:
    """The peer; behind a trusted proxy, the nearest address in its header that is not itself one.

    A header from any other peer is that peer's invention. None when the peer has no address (a Unix socket).
    """
    return address_of(request.META.get("REMOTE_ADDR", ""), request.headers.get(settings.CLIENT_IP_HEADER, ""))


def address_of(peer_text: str, named: str) -> Address | None:
    """The same from the peer's address and from what `CLIENT_IP_HEADER` holds."""
    peer = _parse(peer_text)
    if peer is None or not _is_in(peer, settings.TRUSTED_PROXIES):
        return peer
    for text in reversed(named.split(",")):
        address = _parse(text.strip())
        if address is None:
            return peer
        if not _is_in(address, settings.TRUSTED_PROXIES):
            return address
    return peer


def _parse(text: str) -> Address | None:
    try:
        # A zone (`%eth0`) names the link, not the host.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_exempt(address: Address) -> bool:
    """Whether it is one of `RATE_EXEMPT_IPS`: an office behind one address."""
    return _is_in(address, settings.RATE_EXEMPT_IPS)


def _is_in(address: Address, networks: Sequence[str]) -> bool:
    return any(address in ip_network(network, strict=False) for network in networks)


def network_of(address: Address | None) -> str:
    """IPv6 by /64, which one subscriber is given whole."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
