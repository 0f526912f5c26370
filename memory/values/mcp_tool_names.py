"""Splits the names of MCP tools. Pure."""

PREFIX, SEPARATOR = "mcp__", "__"


def split_mcp_name(name: str) -> tuple[str, str] | None:
    """Splits `mcp__server__tool` into server and tool; returns None for any other name."""
    if not name.startswith(PREFIX):
        return None
    at = name.find(SEPARATOR, len(PREFIX) + 1)
    server, tool = name[len(PREFIX) : at], name[at + len(SEPARATOR) :]
    return (server, tool) if at >= 0 and tool else None
