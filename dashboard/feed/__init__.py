"""`/`, `/events/…` and `/live/stream`."""
