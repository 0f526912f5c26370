"""What a route is called and where it stands in the reference."""

import re

# The first that fits; the order of the sections.
SECTION_PATTERNS = (
    ("Device login", r"/auth/device"),
    ("Accounts", r"/auth/|/me$"),
    ("Tokens", r"/api/tokens"),
    ("Events", r"/ingest|/sync/|/api/(events|limits|export)"),
    ("Memory", r"/mcp|/api/(context|search|sessions|observations)"),
    ("Server", r"/"),
)
SECTION_ORDER = ("Accounts", "Tokens", "Device login", "Events", "Memory", "Server")


def find_tag(path: str) -> str:
    return next(name for name, pattern in SECTION_PATTERNS if re.match(pattern, path))


def make_operation_id(method: str, path: str) -> str:
    """`GET /api/tokens/{token_id}` → `getApiTokensTokenId`."""
    return method.lower() + "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", path))


def section_index(path: str) -> int:
    """Where a path's section stands, for sorting; within a section the order is the one of the URL configuration."""
    return SECTION_ORDER.index(find_tag(path))
