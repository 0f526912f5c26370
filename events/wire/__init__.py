"""Parses and formats events: pure, without a database."""
