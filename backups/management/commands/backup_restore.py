from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ

from backups import backup_files, restore
from backups.backup_command import BackupCommand, BackupProgressBar, add_identity_argument, add_name_argument
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Restores a backup into an empty database, in one transaction, and compares every table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_name_argument(parser)
        add_identity_argument(parser)
        parser.add_argument(
            "--into",
            required=True,
            metavar="URL",
            help="postgres://… URL of the role that will own the tables, or sqlite:///…",
        )
        parser.add_argument("--force", action="store_true", help="replace the contents of a database that is not empty")

    def run(self, **options: Any) -> dict[str, Any]:
        store, name = store_registry.open_store(), options["name"]
        progress_bar = BackupProgressBar(backup_files.load_manifest(store, name).sealed.bytes)
        with restore.open_dump(store, name, Path(options["identity"]), on_progress=progress_bar) as dump:
            progress_bar.clear()
            restore.restore_dump(dump, environ.Env.db_url_config(options["into"]), force=options["force"])
            manifest = dump.manifest
        self.write_line(
            f"{manifest.rows} rows in {len(manifest.tables)} tables; "
            f"every table matches the backup of {manifest.made_at}",
            options,
        )
        return {"name": name, "rows": manifest.rows, "tables": len(manifest.tables), "made_at": manifest.made_at}
