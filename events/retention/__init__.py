"""Retention: the limits of a log, and the deletion of events beyond them."""
