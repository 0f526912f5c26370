"""The log: an append-only list of events per user."""
