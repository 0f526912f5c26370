"""Writes the transcript of a run: each block of the document, each proof, with its seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Report:
    def __init__(self) -> None:
        self.started = time.monotonic()
        self.proofs = 0

    def write(self, text: str) -> None:
        for line in text.splitlines():
            sys.stdout.write(f"{time.monotonic() - self.started:6.1f}  {line}\n")
        sys.stdout.flush()

    def write_block(self, text: str) -> None:
        self.write("".join(f"    {line}\n" for line in text.splitlines()))

    @contextmanager
    def prove(self, what: str) -> Iterator[Callable[[str], None]]:
        """Reports a proof once the block has ended; the yielded function adds a remark."""
        remarks: list[str] = []
        try:
            yield remarks.append
        except BaseException:
            self.write(f"FAILED  {what}")
            raise
        self.proofs += 1
        self.write(f"ok  {what}{''.join(f': {remark}' for remark in remarks)}")
