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

from backups.backup_errors import BackupError
from backups.manifest import ContentDigest

# Events are compressed already, and stand in a dump as hexadecimal digits: the fastest level makes the smallest of it.
COMPRESSION_LEVEL = 1
CHUNK_BYTES = 1 << 18
ByteProgressCallback = Callable[[int], None]


class ByteReader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class ByteWriter(Protocol):
    def write(self, data: bytes, /) -> object: ...


class MeasuredStream:
    """A stream on its way: its length and digest so far. `on_progress` gets the length.

    What it raises is kept in `error`, since pyrage puts an error of its own in the place of it.
    """

    error: Exception | None = None

    def __init__(self, stream: Any, on_progress: ByteProgressCallback | None = None) -> None:
        self._stream, self._on_progress = stream, on_progress
        self._length, self._digest = 0, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        # A pipe gives what it holds; fewer and larger pieces cost less.
        with self._keep_error():
            data: bytes = self._stream.read(max(size, CHUNK_BYTES) if size < 0 else size)
        self._measure(data)
        return data

    def write(self, data: bytes, /) -> int:
        self._measure(data)
        with self._keep_error():
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Whoever made the stream flushes it."""

    def _measure(self, data: bytes) -> None:
        self._length += len(data)
        self._digest.update(data)
        if self._on_progress:
            self._on_progress(self._length)

    @contextmanager
    def _keep_error(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.error = error
            raise

    @property
    def content(self) -> ContentDigest:
        return ContentDigest(self._length, self._digest.hexdigest())


def encrypt(
    plain: ByteReader, sealed: ByteWriter, recipients: Sequence[str], on_progress: ByteProgressCallback | None = None
) -> tuple[ContentDigest, ContentDigest]:
    """Returns what went in and what came out. Raises BackupError without recipients, or for one that is none."""
    import pyrage  # a web process never seals, and is spared the memory

    keys = parse_public_keys(recipients)
    source: Any = MeasuredStream(plain, on_progress)
    sink = MeasuredStream(sealed)
    # A thread of its own compresses, while this one reads, digests and encrypts.
    compressed = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, threads=1).stream_reader(
        source, read_size=CHUNK_BYTES
    )
    try:
        pyrage.encrypt_io(compressed, sink, keys)
    except pyrage.EncryptError as error:
        raise source.error or sink.error or error from error
    return source.content, sink.content


def parse_public_keys(recipients: Sequence[str]) -> list[Any]:
    import pyrage  # as above

    if not recipients:
        raise BackupError("There is no key to seal to: set BACKUP_RECIPIENTS.")
    try:
        return [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    except pyrage.RecipientError as error:
        raise BackupError("BACKUP_RECIPIENTS holds what is no public key of age (age1…).") from error


def decrypt(
    sealed: BinaryIO, plain: BinaryIO, identity: Path, on_progress: ByteProgressCallback | None = None
) -> ContentDigest:
    """Returns what came out. Raises BackupError if the identity opens it not, or if it is damaged."""
    import pyrage  # as above

    sink: Any = MeasuredStream(plain, on_progress)
    decompressor = zstandard.ZstdDecompressor().stream_writer(sink, closefd=False)
    try:
        pyrage.decrypt_io(sealed, decompressor, load_private_keys(identity))
    except (pyrage.DecryptError, zstandard.ZstdError, OSError) as error:
        if isinstance(sink.error, OSError):
            raise BackupError(f"The dump cannot be written: {sink.error.strerror}.") from error
        raise BackupError("The sealed dump cannot be opened with this identity, or is damaged.") from error
    content: ContentDigest = sink.content
    return content


def load_private_keys(identity: Path) -> list[Any]:
    import pyrage  # as above

    try:
        lines = [line.strip() for line in identity.read_text(encoding="ascii").splitlines()]
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise BackupError(f"{identity} is no file of age identities.") from error
