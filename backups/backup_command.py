"""What the commands share: `--json`, a progress bar on a terminal, and how they end."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backups.backup_errors import Trouble

MEGABYTE = 1_000_000
A_MOMENT = 0.2  # seconds between two drawings of the bar
WIDTH = 30


class BackupCommand(BaseCommand):
    """Ends with 0 when all is well and with 1 after Trouble; with `--json` it says one object and nothing else."""

    # It must run where there is no database yet, and no keys.
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="say one JSON object, for programs")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.act(**options)
        except Trouble as trouble:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": False, "error": str(trouble)}))
            raise CommandError(str(trouble)) from trouble
        if options["json"]:
            self.stdout.write(json.dumps({"ok": True, **answer}, default=str))

    def act(self, **options: Any) -> dict[str, Any]:
        """Does it, and returns what `--json` says. Lines for people go through `line`."""
        raise NotImplementedError

    def line(self, text: str, options: dict[str, Any]) -> None:
        if not options["json"]:
            self.stdout.write(text)


class Bar:
    """Draws how far it is, on a terminal only. `whole` may be unknown."""

    def __init__(self, whole: int | None = None) -> None:
        self.whole, self._drawn_at, self._begun = whole, 0.0, time.monotonic()
        self._drawn = False

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and (now - self._drawn_at > A_MOMENT or done == self.whole):
            self._drawn_at, self._drawn = now, True
            sys.stderr.write(f"\r{bar(done, self.whole, now - self._begun)}\x1b[K")
            sys.stderr.flush()

    def end(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")


def bar(done: int, whole: int | None, seconds: float) -> str:
    speed = f"{done / MEGABYTE:,.0f} MB, {done / MEGABYTE / max(seconds, 0.001):,.0f} MB/s"
    if not whole:
        return speed
    filled = min(WIDTH, WIDTH * done // whole)
    return f"[{'#' * filled}{' ' * (WIDTH - filled)}] {min(100, 100 * done // whole)} %  {speed}"


def name_argument(parser: ArgumentParser, **over: Any) -> None:
    parser.add_argument("name", help="of the backup, as backup_list says it", **over)


def identity_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--identity", required=True, metavar="FILE", help="file of age identities (private keys)")
