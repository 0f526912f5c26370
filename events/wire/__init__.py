"""Bytes to values and back: pure, no database."""
