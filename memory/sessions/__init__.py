"""Reads of sessions and of their events."""
