from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ

from backups import backup_files, rehearsal
from backups.backup_command import BackupCommand, BackupProgressBar, add_identity_argument, add_name_argument
from backups.backup_errors import BackupError
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Restores a backup into a scratch database, compares it, and records the result beside the manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_name_argument(parser, nargs="?")
        add_identity_argument(parser)
        parser.add_argument(
            "--scratch", metavar="URL", help="postgres://… URL of a role that may create databases; not used for SQLite"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        store = store_registry.open_store()
        name = options["name"] or next(iter(reversed(backup_files.list_names(store))), None)
        if name is None:
            raise BackupError("There is no backup.")
        scratch = environ.Env.db_url_config(options["scratch"]) if options["scratch"] else None
        progress_bar = BackupProgressBar(backup_files.load_manifest(store, name).sealed.bytes)
        rehearsal.rehearse_backup(store, name, Path(options["identity"]), scratch, progress_bar)
        progress_bar.clear()
        self.write_line(
            f"{name} was restored and verified. The scratch database was deleted; "
            "the result is stored beside the backup.",
            options,
        )
        return {"name": name}
