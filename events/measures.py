"""Reports to an observer what the log does: commits, stored events, open streams.

Only a web process has an observer, which counts for `/metrics` and for traces (`memfog.metrics`).
"""


class LogObserver:
    """Does nothing. A subclass counts; each method is called on a hot path and must take microseconds."""

    def observe_commit(self, seconds: float, requests: int, events: int) -> None:
        """One commit of a group: its duration, and how many requests and events it wrote."""

    def count_events(self, *, accepted: int, duplicates: int, rejected: int) -> None:
        """Events of one request, after their commit."""

    def add_open_streams(self, count: int) -> None:
        """Streams that opened (1) or closed (-1)."""


observer = LogObserver()


def use_observer(new_observer: LogObserver) -> None:
    """Replaces the observer of this process."""
    global observer  # set once, when a web process starts
    observer = new_observer
