"""The log: an append-only list of what happened, one per user."""
