"""Database dumps, one module per engine."""
