"""`manage.py import_account [FILE] --user EMAIL`: reads an export back. Without a file it reads standard input."""

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
from events.archive.account_import import LINE_BYTES, Outcome

WIDTH = 30
NAMED = 20  # bad lines that are named at the end
PATIENCE = 0.2  # seconds between two pictures of the bar
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Command(BaseCommand):
    help = (
        "Reads an export of an account (NDJSON, also packed with gzip or zstd) into an account. What is there already "
        "stays, so that a file may be read again after it was interrupted. Lines that cannot be taken are skipped, "
        "named by their number, and make this command fail in the end; the others are taken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="without it, standard input")
        parser.add_argument("--user", required=True, help="the address of the account that it goes into")

    def handle(self, *args: Any, user: str, file: str | None = None, **options: Any) -> None:
        owner = User.objects.filter(email=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}.")
        try:
            with Path(file).open("rb") if file else sys.stdin.buffer as source:
                outcome = self._read(owner, cast("IO[bytes]", source))
        except (OSError, EOFError, zlib.error, ZstdError) as error:
            said = (
                error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or ends too early"
            )
            raise CommandError(f"{file or 'Standard input'}: {said}. What was read until then is kept.") from None
        except Problem as problem:
            raise CommandError(problem.detail) from None
        self._tell(outcome)

    def _read(self, owner: User, source: IO[bytes]) -> Outcome:
        bar, outcome = Bar(self.stderr, source), Outcome()
        for outcome in account_import.read(owner.id, lines(unpacked(source))):
            bar.show(outcome)
        bar.end(outcome)
        return outcome

    def _tell(self, outcome: Outcome) -> None:
        self.stdout.write(
            f"{outcome.events:,} events, {outcome.deleted:,} deletions and {outcome.records:,} other records are new; "
            f"{outcome.known:,} were there already."
        )
        for number, reason in outcome.bad[:NAMED]:
            self.stderr.write(f"Line {number:,} is skipped: {reason}.")
        if outcome.bad:
            raise CommandError(f"{len(outcome.bad):,} of {outcome.lines:,} lines could not be taken.")


class Bar:
    """How far a file has been read, for a person at a terminal; of a stream only how many lines."""

    def __init__(self, out: Any, source: IO[bytes]) -> None:
        self.out, self.source, self.shown = out, source, 0.0
        self.wanted = out.isatty()
        self.size = os.fstat(source.fileno()).st_size if source.seekable() else 0

    def show(self, outcome: Outcome) -> None:
        if not self.wanted or time.monotonic() - self.shown < PATIENCE:
            return
        self.shown = time.monotonic()
        self._draw(self.source.tell() / self.size if self.size else 0.0, outcome.lines)

    def _draw(self, share: float, count: int) -> None:
        bar = f"{'█' * round(WIDTH * share):<{WIDTH}}  {share:4.0%}  " if self.size else ""
        self.out.write(f"\r{bar}{count:,} lines", ending="")
        self.out.flush()

    def end(self, outcome: Outcome) -> None:
        if self.wanted:
            self._draw(1.0, outcome.lines)
            self.out.write("")


def unpacked(source: IO[bytes]) -> IO[bytes]:
    """The text of a file that may be packed, by how it begins."""
    peeked = cast("io.BufferedReader", source).peek(4)
    if peeked.startswith(GZIP):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=source))
    if peeked.startswith(ZSTD):
        return cast("IO[bytes]", io.BufferedReader(Zstd(source)))
    return source


class Zstd(io.RawIOBase):
    """What zstd packed. Unlike the library's own reader it says so when a file ends too early."""

    PIECE = 1_024  # bytes read at a time: at worst they are 32 MiB unpacked

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.packed, self.ready = source, b"", b""
        self.frame = ZstdDecompressor().decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready and self._has_more():
            self.ready = self.frame.decompress(self.packed)
            self.packed = self.frame.unused_data if self.frame.eof else b""
        count = min(len(buffer), len(self.ready))
        buffer[:count], self.ready = self.ready[:count], self.ready[count:]
        return count

    def _has_more(self) -> bool:
        self.packed = self.packed or self.source.read(self.PIECE)
        if self.packed and self.frame.eof:
            self.frame = ZstdDecompressor().decompressobj()
        if not self.packed and not self.frame.eof:
            raise EOFError
        return bool(self.packed)


def lines(source: IO[bytes]) -> Iterator[bytes]:
    """Line after line; of one that is too long only so much that it can be seen to be."""
    while line := source.readline(LINE_BYTES + 1):
        rest = line
        while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
            rest = source.readline(LINE_BYTES + 1)
        yield line
