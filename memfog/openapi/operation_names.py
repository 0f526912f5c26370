"""The operation id of a route, and its section in the API reference."""

import re

# The first pattern that matches a path decides its section.
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
    """Returns the index of a path's section, as a sort key that keeps the URL order within a section."""
    return SECTION_ORDER.index(find_tag(path))
