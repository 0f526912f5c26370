"""`manage.py import_account [FILE] --user EMAIL`: imports an export, from standard input if no file is given."""

import gzip
import io
import os
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from zstandard import ZstdDecompressor, ZstdError

from accounts.api_base.problem import Problem
from accounts.models import User
from events.archive import account_import
from events.archive.account_import import ImportResult
from events.limits import MAX_LINE_BYTES

BAR_WIDTH = 30
MAX_LISTED_LINES = 20  # rejected lines that are listed at the end
REDRAW_INTERVAL_S = 0.2
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Command(BaseCommand):
    help = (
        "Imports an export (NDJSON, optionally compressed with gzip or zstd) into an account. Existing data "
        "stays, so an interrupted import may be repeated. Rejected lines are skipped, "
        "listed by number, and make the command fail at the end; all other lines are imported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="the file to import; by default standard input")
        parser.add_argument("--user", required=True, help="the email address of the account to import into")

    def handle(self, *args: Any, user: str, file: str | None = None, **options: Any) -> None:
        owner = User.objects.filter(email=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}.")
        try:
            with Path(file).open("rb") if file else sys.stdin.buffer as source:
                result = self._import_file(owner, cast("IO[bytes]", source))
        except (OSError, EOFError, zlib.error, ZstdError) as error:
            reason = (
                error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or ends too early"
            )
            raise CommandError(f"{file or 'Standard input'}: {reason}. The lines read before stay imported.") from None
        except Problem as problem:
            raise CommandError(problem.detail) from None
        self._print_result(result)

    def _import_file(self, owner: User, source: IO[bytes]) -> ImportResult:
        bar, result = ImportProgressBar(self.stderr, source), ImportResult()
        for result in account_import.import_lines(owner.id, read_lines(open_decompressed(source))):
            bar.update(result)
        bar.end(result)
        return result

    def _print_result(self, result: ImportResult) -> None:
        self.stdout.write(
            f"{result.events:,} events, {result.deleted:,} deletions and {result.records:,} other records are new; "
            f"{result.duplicates:,} existed already."
        )
        for number, reason in result.rejected_lines[:MAX_LISTED_LINES]:
            self.stderr.write(f"Line {number:,} was skipped: {reason}.")
        if result.rejected_lines:
            raise CommandError(f"{len(result.rejected_lines):,} of {result.lines:,} lines were rejected.")


class ImportProgressBar:
    """Shows the progress of an import on a terminal; for a stream without a size, only the number of lines."""

    def __init__(self, out: Any, source: IO[bytes]) -> None:
        self.out, self.source, self.drawn_at = out, source, 0.0
        self.enabled = out.isatty()
        self.size = os.fstat(source.fileno()).st_size if source.seekable() else 0

    def update(self, result: ImportResult) -> None:
        if not self.enabled or time.monotonic() - self.drawn_at < REDRAW_INTERVAL_S:
            return
        self.drawn_at = time.monotonic()
        self._draw(self.source.tell() / self.size if self.size else 0.0, result.lines)

    def _draw(self, fraction: float, count: int) -> None:
        bar = f"{'█' * round(BAR_WIDTH * fraction):<{BAR_WIDTH}}  {fraction:4.0%}  " if self.size else ""
        self.out.write(f"\r{bar}{count:,} lines", ending="")
        self.out.flush()

    def end(self, result: ImportResult) -> None:
        if self.enabled:
            self._draw(1.0, result.lines)
            self.out.write("")


def open_decompressed(source: IO[bytes]) -> IO[bytes]:
    """Opens a file that may be compressed; its first bytes name the format."""
    peeked = cast("io.BufferedReader", source).peek(4)
    if peeked.startswith(GZIP_MAGIC):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=source))
    if peeked.startswith(ZSTD_MAGIC):
        return cast("IO[bytes]", io.BufferedReader(ZstdReader(source)))
    return source


class ZstdReader(io.RawIOBase):
    """Reader for zstd files. Unlike the library's own reader, it raises EOFError if a file ends too early."""

    CHUNK_BYTES = 1_024  # compressed bytes per read: at worst 32 MiB decompressed

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.compressed, self.decompressed = source, b"", b""
        self.frame = ZstdDecompressor().decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.decompressed and self._has_more():
            self.decompressed = self.frame.decompress(self.compressed)
            self.compressed = self.frame.unused_data if self.frame.eof else b""
        count = min(len(buffer), len(self.decompressed))
        buffer[:count], self.decompressed = self.decompressed[:count], self.decompressed[count:]
        return count

    def _has_more(self) -> bool:
        self.compressed = self.compressed or self.source.read(self.CHUNK_BYTES)
        if self.compressed and self.frame.eof:
            self.frame = ZstdDecompressor().decompressobj()
        if not self.compressed and not self.frame.eof:
            raise EOFError
        return bool(self.compressed)


def read_lines(source: IO[bytes]) -> Iterator[bytes]:
    """Yields each line. A line longer than `MAX_LINE_BYTES` is cut one byte after the limit, so that it is rejected."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = source.readline(MAX_LINE_BYTES + 1)
        yield line
