"""The base of the backup commands: `--json`, a progress bar on a terminal, and exit codes."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backups.backup_errors import BackupError

MEGABYTE = 1_000_000
REDRAW_INTERVAL_S = 0.2  # between two drawings of the bar
BAR_WIDTH = 30


class BackupCommand(BaseCommand):
    """Exits with 0 on success and with 1 after BackupError. With `--json` it prints only one JSON object."""

    # The command must run before a database and keys exist.
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.run(**options)
        except BackupError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": False, "error": str(error)}))
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"ok": True, **answer}, default=str))

    def run(self, **options: Any) -> dict[str, Any]:
        """Does the work and returns the members of the `--json` output. Text for people goes through `write_line`."""
        raise NotImplementedError

    def write_line(self, text: str, options: dict[str, Any]) -> None:
        if not options["json"]:
            self.stdout.write(text)


class BackupProgressBar:
    """Draws the progress, on a terminal only. `total_bytes` may be unknown."""

    def __init__(self, total_bytes: int | None = None) -> None:
        self.total_bytes, self._drawn_at, self._started = total_bytes, 0.0, time.monotonic()
        self._drawn = False

    def __call__(self, done_bytes: int) -> None:
        now = time.monotonic()
        if sys.stderr.isatty() and (now - self._drawn_at > REDRAW_INTERVAL_S or done_bytes == self.total_bytes):
            self._drawn_at, self._drawn = now, True
            sys.stderr.write(f"\r{format_bar(done_bytes, self.total_bytes, now - self._started)}\x1b[K")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")


def format_bar(done_bytes: int, total_bytes: int | None, seconds: float) -> str:
    speed = f"{done_bytes / MEGABYTE:,.0f} MB, {done_bytes / MEGABYTE / max(seconds, 0.001):,.0f} MB/s"
    if not total_bytes:
        return speed
    filled = min(BAR_WIDTH, BAR_WIDTH * done_bytes // total_bytes)
    return f"[{'#' * filled}{' ' * (BAR_WIDTH - filled)}] {min(100, 100 * done_bytes // total_bytes)} %  {speed}"


def add_name_argument(parser: ArgumentParser, **overrides: Any) -> None:
    parser.add_argument("name", help="name of the backup, as printed by backup_list", **overrides)


def add_identity_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--identity", required=True, metavar="FILE", help="file of age identities (private keys)")
