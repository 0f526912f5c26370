"""Memory as tools over MCP."""
