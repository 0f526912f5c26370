from argparse import ArgumentParser
from typing import Any

from backups import nightly_run
from backups.backup_command import MEGABYTE, BackupCommand, BackupProgressBar


class Command(BackupCommand):
    help = "Makes a backup now: dumps, encrypts, stores, verifies and writes the manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--nightly",
            action="store_true",
            help="run as the scheduler does: only if this night has no backup yet, then verify all backups and prune",
        )

    def run(self, **options: Any) -> dict[str, Any]:
        progress_bar = BackupProgressBar()
        callbacks = nightly_run.RunCallbacks(
            on_progress=progress_bar, on_message=lambda text: self.write_line(text, options)
        )
        manifest = nightly_run.run_nightly(callbacks) if options["nightly"] else nightly_run.run_manual(callbacks)
        progress_bar.clear()
        if manifest is None:
            self.write_line("This night's backup is done or in progress.", options)
            return {"name": None}
        size = manifest.sealed.bytes / MEGABYTE
        self.write_line(
            f"{manifest.name}: {manifest.rows} rows in {len(manifest.tables)} tables, {size:,.1f} MB encrypted", options
        )
        return {"name": manifest.name, "rows": manifest.rows, "sealed_bytes": manifest.sealed.bytes}
