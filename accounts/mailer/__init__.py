"""Outgoing mail, from the queued row to the mail server."""
