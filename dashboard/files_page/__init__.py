"""`/files`."""
