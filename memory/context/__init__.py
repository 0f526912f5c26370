"""The context that a new session gets about its project."""
