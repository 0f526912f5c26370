"""Compresses a stream and seals it to public keys, and opens it again. The format is age's, within it zstd's.

So `age --decrypt --identity FILE dump.age | zstd --decompress` opens it where there is no Memfog. Sealing needs public
keys only: whoever holds the server reads no backup.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import zstandard

from backups.backup_errors import Trouble
from backups.manifest import Content

# Events are compressed already, and stand in a dump as hexadecimal digits: the fastest level makes the smallest of it.
LEVEL = 1
A_READ = 1 << 18
Tell = Callable[[int], None]


class Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Measured:
    """A stream on its way: its length and digest so far. `tell` hears the length.

    What it raises is kept in `failed`, since pyrage puts an error of its own in the place of it.
    """

    failed: Exception | None = None

    def __init__(self, stream: Any, tell: Tell | None = None) -> None:
        self._stream, self._tell = stream, tell
        self._bytes, self._digest = 0, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        # A pipe gives what it holds; fewer and larger pieces cost less.
        with self._kept():
            data: bytes = self._stream.read(max(size, A_READ) if size < 0 else size)
        self._note(data)
        return data

    def write(self, data: bytes, /) -> int:
        self._note(data)
        with self._kept():
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Whoever made the stream flushes it."""

    def _note(self, data: bytes) -> None:
        self._bytes += len(data)
        self._digest.update(data)
        if self._tell:
            self._tell(self._bytes)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failed = error
            raise

    @property
    def content(self) -> Content:
        return Content(self._bytes, self._digest.hexdigest())


def seal(plain: Reader, sealed: Writer, recipients: Sequence[str], tell: Tell | None = None) -> tuple[Content, Content]:
    """Returns what went in and what came out. Raises Trouble without recipients, or for one that is none."""
    import pyrage  # a web process never seals, and is spared the memory

    keys = public_keys(recipients)
    source: Any = Measured(plain, tell)
    sink = Measured(sealed)
    # A thread of its own compresses, while this one reads, digests and encrypts.
    packed = zstandard.ZstdCompressor(level=LEVEL, threads=1).stream_reader(source, read_size=A_READ)
    try:
        pyrage.encrypt_io(packed, sink, keys)
    except pyrage.EncryptError as error:
        raise source.failed or sink.failed or error from error
    return source.content, sink.content


def public_keys(recipients: Sequence[str]) -> list[Any]:
    import pyrage  # as above

    if not recipients:
        raise Trouble("There is no key to seal to: set BACKUP_RECIPIENTS.")
    try:
        return [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    except pyrage.RecipientError as error:
        raise Trouble("BACKUP_RECIPIENTS holds what is no public key of age (age1…).") from error


def unseal(sealed: BinaryIO, plain: BinaryIO, identity: Path, tell: Tell | None = None) -> Content:
    """Returns what came out. Raises Trouble if the identity opens it not, or if it is damaged."""
    import pyrage  # as above

    sink: Any = Measured(plain, tell)
    unpacked = zstandard.ZstdDecompressor().stream_writer(sink, closefd=False)
    try:
        pyrage.decrypt_io(sealed, unpacked, private_keys(identity))
    except (pyrage.DecryptError, zstandard.ZstdError, OSError) as error:
        if isinstance(sink.failed, OSError):
            raise Trouble(f"The dump cannot be written: {sink.failed.strerror}.") from error
        raise Trouble("The sealed dump cannot be opened with this identity, or is damaged.") from error
    found: Content = sink.content
    return found


def private_keys(identity: Path) -> list[Any]:
    import pyrage  # as above

    try:
        lines = [line.strip() for line in identity.read_text(encoding="ascii").splitlines()]
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise Trouble(f"{identity} is no file of age identities.") from error
