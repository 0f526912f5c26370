"""Heads of requests that took the express way before: equal bytes mean the same, so they are not parsed again."""

import re

MAX_HEAD_BYTES = 2_048
MAX_HEADS = 4_096  # each client has its own
# The length differs from request to request of the same client. In any other spelling a head is not kept.
_LENGTH = re.compile(rb"\r\ncontent-length: (\d{1,9})\r\n", re.IGNORECASE)


class KnownHeads:
    """The credentials of heads, by the bytes of each head without its length."""

    def __init__(self, *, max_body_bytes: int) -> None:
        self._credentials: dict[bytes, str] = {}
        self._max_body_bytes = max_body_bytes

    def find(self, data: bytes) -> tuple[str, bytes] | None:
        """Returns credential and body if `data` is one whole request with a known head; otherwise None."""
        end, length = _split(data)
        if length is None or not 0 < len(data) - end <= self._max_body_bytes or int(length[1]) != len(data) - end:
            return None
        credential = self._credentials.get(_key(data, end, length))
        return None if credential is None else (credential, data[end:])

    def add(self, data: bytes, credential: str, *, body_bytes: int) -> None:
        """Keeps the head of `data`, if this is one request whose body has `body_bytes`."""
        end, length = _split(data)
        if length is None or len(data) - end != body_bytes:
            return
        if len(self._credentials) >= MAX_HEADS:
            self._credentials.clear()
        self._credentials[_key(data, end, length)] = credential


def _split(data: bytes) -> tuple[int, "re.Match[bytes] | None"]:
    """Returns where the head ends, and where it names the length of the body."""
    end = data.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES) + 4
    return end, _LENGTH.search(data, 0, end) if end > 3 else None


def _key(data: bytes, end: int, length: "re.Match[bytes]") -> bytes:
    return data[: length.start(1)] + data[length.end(1) : end]
