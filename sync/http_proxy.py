"""Finds the proxy for a connection from `HTTPS_PROXY` and `NO_PROXY`. Pure."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from sync.remote_address import is_loopback


@dataclass(frozen=True, slots=True)
class Proxy:
    """Address of a proxy, and the headers that it needs for authentication."""

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict)


def find_proxy(url: SplitResult, proxy_url: str, no_proxy: Iterable[str]) -> Proxy | None:
    """Returns the proxy for a URL, or None. Raises ValueError if `proxy_url` is malformed.

    Only TLS uses a proxy. TLS is end to end, so the proxy learns only the name of the remote server. Requests to this
    machine never use a proxy.
    """
    host, port = url.hostname or "", url.port or 443
    if (
        not proxy_url
        or url.scheme != "https"
        or is_loopback(host)
        or any(_is_exempt(one, host, port) for one in no_proxy)
    ):
        return None
    return _parse_proxy(proxy_url)


def _parse_proxy(proxy_url: str) -> Proxy:
    url = urlsplit(proxy_url if "://" in proxy_url else f"http://{proxy_url}")
    try:
        host, port = url.hostname, url.port or 80
    except ValueError:
        host = None
    if url.scheme != "http" or not host:
        raise ValueError("HTTPS_PROXY must look like http://proxy.example:3128")
    if url.username is None:
        return Proxy(host, port)
    credentials = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return Proxy(host, port, {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"})


def _is_exempt(entry: str, host: str, port: int) -> bool:
    """Matches an entry of NO_PROXY: `*`, a domain and its subdomains, an address or a network; a port is optional."""
    entry = entry.strip().lower()
    if entry == "*":
        return True
    if _is_in_network(host, entry.strip("[]")):
        return True
    name, _, entry_port = entry.rpartition(":")
    if name and entry_port.isdecimal():
        if int(entry_port) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").lstrip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
