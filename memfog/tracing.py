"""Traces of requests, commits and tasks."""


def record_span(name: str, seconds: float, *, failed: bool = False) -> None:
    """Records a span that has just ended."""
