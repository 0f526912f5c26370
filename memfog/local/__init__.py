"""A server on one's own machine."""
