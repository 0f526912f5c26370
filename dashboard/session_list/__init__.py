"""`/sessions`."""
