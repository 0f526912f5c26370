"""Compresses a stream (zstd) and encrypts it to public keys (age), and decrypts it again.

`age --decrypt --identity FILE dump.age | zstd --decompress` opens a dump without Memfog. Encryption needs public keys
only, so access to the server does not give access to the backups.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import zstandard

from backups.backup_errors import BackupError
from backups.manifest import ContentDigest

# The fastest level gives the smallest result, because a dump holds compressed events as hexadecimal digits.
COMPRESSION_LEVEL = 1
CHUNK_BYTES = 1 << 18
ByteProgressCallback = Callable[[int], None]


class ByteReader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class ByteWriter(Protocol):
    def write(self, data: bytes, /) -> object: ...


class MeasuredStream:
    """Wraps a stream and measures its length and digest. `on_progress` gets the length.

    `error` holds the exception of the stream, because pyrage replaces it by its own exception.
    """

    error: Exception | None = None

    def __init__(self, stream: Any, on_progress: ByteProgressCallback | None = None) -> None:
        self._stream, self._on_progress = stream, on_progress
        self._length, self._digest = 0, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        # A pipe returns the bytes that it holds; fewer and larger chunks cost less.
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
        """Does nothing: the code that opened the stream flushes it."""

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
    """Encrypts a stream. Returns the digests of its input and output.

    Raises BackupError if there are no recipients, or if one is not a public key.
    """
    import pyrage  # a web process never encrypts; this saves its memory

    keys = parse_public_keys(recipients)
    source: Any = MeasuredStream(plain, on_progress)
    sink = MeasuredStream(sealed)
    # A second thread compresses, while this thread reads, digests and encrypts.
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
        raise BackupError("No public key is configured. Set BACKUP_RECIPIENTS.")
    try:
        return [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    except pyrage.RecipientError as error:
        raise BackupError("BACKUP_RECIPIENTS contains an invalid age public key (age1…).") from error


def decrypt(
    sealed: BinaryIO, plain: BinaryIO, identity: Path, on_progress: ByteProgressCallback | None = None
) -> ContentDigest:
    """Decrypts a stream. Returns the digest of its output.

    Raises BackupError if the identity does not fit, if the stream is damaged, or if the output cannot be written.
    """
    import pyrage  # as above

    sink: Any = MeasuredStream(plain, on_progress)
    decompressor = zstandard.ZstdDecompressor().stream_writer(sink, closefd=False)
    try:
        pyrage.decrypt_io(sealed, decompressor, load_private_keys(identity))
    except (pyrage.DecryptError, zstandard.ZstdError, OSError) as error:
        if isinstance(sink.error, OSError):
            raise BackupError(f"The dump cannot be written: {sink.error.strerror}.") from error
        raise BackupError("The dump cannot be decrypted: the identity is wrong or the dump is damaged.") from error
    content: ContentDigest = sink.content
    return content


def load_private_keys(identity: Path) -> list[Any]:
    import pyrage  # as above

    try:
        lines = [line.strip() for line in identity.read_text(encoding="ascii").splitlines()]
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise BackupError(f"{identity} is not a file of age identities.") from error
