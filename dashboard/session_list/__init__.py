"""`/sessions`, `/live/…` and `/palette`."""
