"""Errors of sync, grouped by the reaction that they need."""


class SyncHalted(Exception):
    """Sync stops until the user acts. The message names the action."""


class RetryLater(Exception):
    """A retry may succeed; not before `retry_after_s` seconds if the remote server named a time."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RequestRejected(RetryLater):
    """The remote server rejected the request; `code` names the reason."""

    def __init__(self, message: str, *, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.code = code


class Forbidden(Exception):
    """The token is valid, but its scope does not allow the request."""


class PayloadTooLarge(Exception):
    """A request exceeds the limit of the remote server, or a response exceeds the limit of this server."""


class CursorLost(Exception):
    """The remote log does not contain the row at the cursor, so it is not the log that was read before."""


class ConcurrentRun(Exception):
    """Another run moved the same cursor, or the link was changed. No event was lost or stored twice."""
