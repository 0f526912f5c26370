"""What can go wrong between two servers, by what is to be done about it."""


class SyncHalted(Exception):
    """Only a person can mend it. The message says how."""


class RetryLater(Exception):
    """It may go better later; after this many seconds at the earliest if the other side said so."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RequestRejected(RetryLater):
    """The other side refused the request, and says by this code why."""

    def __init__(self, message: str, *, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.code = code


class Forbidden(Exception):
    """The token is good, but not for that."""


class PayloadTooLarge(Exception):
    """More than the other side takes at once, or than we do."""


class CursorLost(Exception):
    """The log there is not the one that was read up to this cursor."""


class ConcurrentRun(Exception):
    """Somebody else moved the same cursor, or the link is no longer what it was. Nothing was lost, nor done twice."""
