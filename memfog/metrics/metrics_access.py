"""Who may read `/metrics`: a caller with the token of the settings, or a program on this machine.

Behind a proxy on the same machine every visitor's connection comes from loopback. So a request counts as local only if
it names this machine itself as the host and carries no trace of a proxy. Everyone else gets the answer 404.
"""

import re
from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http.request import split_domain_port

from events.endpoints.async_http import AsgiRequest

# Headers in which proxies, tunnels and load balancers name the client of a request.
PROXY_HEADERS = re.compile(
    r"forward|client-?ip|real-?ip|remote|proxy|original|cluster|envoy|traefik|varnish"
    r"|^(via|cdn-|cf-|fly-|x-amz|x-azure|x-appengine|x-arr-|x-request-start|x-vercel|x-cloud)"
)


def is_allowed(request: AsgiRequest) -> bool:
    """Whether the request may read the metrics."""
    return _is_token(request.headers.get("authorization", "")) or _is_from_this_machine(request)


def _is_token(credential: str) -> bool:
    scheme, _, token = credential.partition(" ")
    expected = settings.METRICS_TOKEN.encode()
    return bool(expected) and scheme.lower() == "bearer" and compare_digest(token.strip().encode(), expected)


def _is_from_this_machine(request: AsgiRequest) -> bool:
    peer = (request.scope.get("client") or ("",))[0]
    host, _ = split_domain_port(request.headers.get("host", "").lower())
    return (
        _is_loopback(peer)
        and (host == "localhost" or _is_loopback(host.strip("[]")))
        # By default nginx speaks HTTP/1.0 to the server behind it, and adds no header.
        and request.scope.get("http_version") != "1.0"
        and not any(_is_of_proxy_or_page(_normalize(name)) for name, _ in request.scope["headers"])
    )


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def _normalize(name: bytes) -> str:
    # The front door drops names with an underscore; here they count, since a proxy may have sent them.
    return name.decode("latin-1").lower().replace("_", "-")


def _is_of_proxy_or_page(header: str) -> bool:
    """Whether a proxy adds this header, or a browser on behalf of a page of another site (`Origin`)."""
    own = settings.CLIENT_IP_HEADER.lower().replace("_", "-")
    return header in {own, "origin"} or PROXY_HEADERS.search(header) is not None
