from argparse import ArgumentParser
from typing import Any

from backups import nightly_run
from backups.backup_command import MEGABYTE, BackupCommand, Bar


class Command(BackupCommand):
    help = "Makes a backup now: dumps, seals to the public keys, stores, reads back, writes the manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--nightly",
            action="store_true",
            help="what the clock does: only if this night has none and nobody makes it; then checks all and prunes",
        )

    def act(self, **options: Any) -> dict[str, Any]:
        bar = Bar()
        said = nightly_run.Said(tell=bar, say=lambda text: self.line(text, options))
        made = nightly_run.run(said) if options["nightly"] else nightly_run.by_hand(said)
        bar.end()
        if made is None:
            self.line("This night's backup is made, or being made.", options)
            return {"name": None}
        size = made.sealed.bytes / MEGABYTE
        self.line(f"{made.name}: {made.rows} rows in {len(made.tables)} tables, {size:,.1f} MB sealed", options)
        return {"name": made.name, "rows": made.rows, "sealed_bytes": made.sealed.bytes}
