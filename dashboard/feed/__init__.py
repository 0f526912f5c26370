"""`/`, `/events/…` and `/live/…`."""
