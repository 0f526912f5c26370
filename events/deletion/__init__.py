"""Deletion for good, with tombstones."""
