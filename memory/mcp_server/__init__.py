"""The MCP server: memory as tools."""
