"""Queries of sessions and their events."""
