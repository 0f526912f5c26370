"""From the queued row to the mail server."""
