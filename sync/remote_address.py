"""Validates the address of a remote server. Pure."""

from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_URL_CHARS = 2_000


def parse_url(text: str, *, insecure: bool = False) -> str:
    """Returns the base URL of a server, without a trailing slash. Raises ValueError with advice for the user.

    A URL without TLS is accepted only for this machine or with `insecure`: others on the network could read the token.
    """
    url = urlsplit(text.strip())
    host = url.hostname or ""
    if url.scheme not in {"http", "https"} or not host or len(text) > MAX_URL_CHARS:
        raise ValueError("This is not a server address. Enter an address like https://app.memfog.com")
    if url.username is not None or url.query or url.fragment:
        raise ValueError("Enter the address only, without a user name, a password, `?` or `#`.")
    if url.scheme == "http" and not insecure and not is_loopback(host):
        raise ValueError("Without TLS, others on the network can read the token and the events. Use https://.")
    host_part = f"[{host}]" if ":" in host else host
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{host_part}{port}{url.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Returns whether a host name or address means this machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
