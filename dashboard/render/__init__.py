"""Captured values to safe HTML: pure."""
