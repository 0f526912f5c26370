"""`/memory`."""
