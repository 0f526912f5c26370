"""The log as rows, and who waits for it."""
