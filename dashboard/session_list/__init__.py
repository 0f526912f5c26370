"""`/sessions`, and the views that every page's script requests."""
