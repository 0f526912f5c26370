"""`/commits`."""
