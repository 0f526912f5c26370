"""Which proxy a connection goes through, as the environment of this machine has it. Pure."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from sync.remote_address import is_here


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is, and what it wants to hear of us."""

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict)


def between(url: SplitResult, proxy: str, exempt: Iterable[str]) -> Proxy | None:
    """The proxy on the way to this address; None where there is none. Raises ValueError where `proxy` cannot be read.

    Only TLS goes through one, from end to end: it learns the name of the other side, and nothing else. What is on this
    machine is never asked for elsewhere.
    """
    host, port = url.hostname or "", url.port or 443
    if not proxy or url.scheme != "https" or is_here(host) or any(_is_exempt(one, host, port) for one in exempt):
        return None
    return _read(proxy)


def _read(proxy: str) -> Proxy:
    where = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        host, port = where.hostname, where.port or 80
    except ValueError:
        host = None
    if where.scheme != "http" or not host:
        raise ValueError("HTTPS_PROXY is to look like http://proxy.example:3128")
    if where.username is None:
        return Proxy(host, port)
    pair = f"{unquote(where.username)}:{unquote(where.password or '')}"
    return Proxy(host, port, {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"})


def _is_exempt(entry: str, host: str, port: int) -> bool:
    """An entry of NO_PROXY: `*`, a name with all that is below it, an address or a network; a port narrows it."""
    entry = entry.strip().lower()
    if entry == "*":
        return True
    if _within(host, entry.strip("[]")):
        return True
    name, _, of_port = entry.rpartition(":")
    if name and of_port.isdecimal():
        if int(of_port) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").lstrip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _within(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
