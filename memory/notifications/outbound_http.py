"""Posts to addresses that users enter. It resolves a name once, refuses addresses that are not public, connects to the
address that it checked, and follows no redirect. So a user cannot reach an address that only this server can reach.
Only the status of an answer is used.
"""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

CONNECT_TIMEOUT_S, REQUEST_TIMEOUT_S = 5.0, 10.0  # for one address; for the whole exchange after it
MAX_URL_CHARS = 2_000
MAX_ADDRESSES = 3  # addresses of a name that are tried
USER_AGENT = "Memfog"
MAX_RETRY_AFTER_S = 86_400
# Addresses of IPv6 that hold one of IPv4: `::a.b.c.d`, NAT64 and its local form.
_EMBEDDING_NETWORKS = tuple(IPv6Network(one) for one in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48"))


class Reply(NamedTuple):
    """The status of an answer, and after how many seconds to come again; 0 if it does not say."""

    status: int
    retry_after_s: int


class AddressRefused(Exception):
    """This server may not send to the address. The text is for the user."""


class Unreachable(Exception):
    """There was no answer; the text is the name of the error."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Reply:
    """Posts a body. `allow_private` allows addresses of this machine and its network, also without TLS.

    Raises AddressRefused or Unreachable.
    """
    parts = check_url(url, allow_private=allow_private)
    try:
        addresses = resolve(parts.hostname or "", _port_of(parts), allow_private=allow_private)
        return _post_to(parts, addresses, body, {"user-agent": USER_AGENT, **headers})
    except (OSError, HTTPException, UnicodeError) as error:
        raise Unreachable(type(error).__name__) from None


def check_url(url: str, *, allow_private: bool) -> SplitResult:
    """Parses an address. Raises AddressRefused with advice for the user."""
    try:
        parts = urlsplit(url)
        is_valid = bool(parts.hostname) and _port_of(parts) > 0 and parts.scheme in ("https", "http")
    except ValueError:
        is_valid = False
    if not is_valid or len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("This is not a web address. Enter one that begins with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("Enter an address without a user name, a password and `#`.")
    if parts.scheme == "http" and not allow_private:
        raise AddressRefused("Without TLS others could read it. Enter an address that begins with https://")
    return parts


def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Returns the addresses of a host. Raises OSError, and AddressRefused if one of them is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not allow_private and not all(is_public(address) for address in addresses):
        raise AddressRefused("This address belongs to a private network.")
    return addresses[:MAX_ADDRESSES]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet; an address that contains others is judged by those."""
    ip = ip_address(address.partition("%")[0])
    if embedded := list(_embedded(ip)):
        return all(is_public(str(one)) for one in embedded)
    is_local = ip.is_multicast or ip.is_reserved or (isinstance(ip, IPv6Address) and ip.is_site_local)
    return ip.is_global and not is_local


def _embedded(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return
    if ip.ipv4_mapped:
        yield ip.ipv4_mapped
    if ip.sixtofour:
        yield ip.sixtofour
    if ip.teredo:
        yield from ip.teredo
    if any(ip in network for network in _EMBEDDING_NETWORKS):
        yield IPv4Address(int(ip) & 0xFFFFFFFF)


def _port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _post_to(parts: SplitResult, addresses: list[str], body: bytes, headers: dict[str, str]) -> Reply:
    connection = _open_connection(parts, addresses)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _deadline(connection):
        try:
            connection.request("POST", path, body, headers)
            reply = connection.getresponse()
            after = reply.headers.get("retry-after", "")
            is_number = len(after) < 10 and after.isascii() and after.isdigit()
            return Reply(reply.status, min(int(after), MAX_RETRY_AFTER_S) if is_number else 0)
        finally:
            connection.close()


def _open_connection(parts: SplitResult, addresses: list[str]) -> HTTPConnection:
    """Connects to one of the addresses. The certificate and the header `Host` are those of the name."""
    host, port = parts.hostname or "", _port_of(parts)
    for_name = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(host, port)
    last_error: OSError = OSError("no address")
    for address in addresses:
        try:
            sock = socket.create_connection((address, port), CONNECT_TIMEOUT_S)
        except OSError as error:
            last_error = error
            continue
        for_name.sock = _secure(sock, host) if parts.scheme == "https" else sock
        for_name.sock.settimeout(REQUEST_TIMEOUT_S)
        return for_name
    raise last_error


def _secure(sock: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except OSError:
        sock.close()
        raise


@contextmanager
def _deadline(connection: HTTPConnection) -> Iterator[None]:
    """Ends the exchange at the deadline, even if the peer sends a byte from time to time."""
    timer = threading.Timer(REQUEST_TIMEOUT_S, _shut_down, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
