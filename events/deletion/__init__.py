"""Permanent deletion of events, with tombstones."""
