from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from backups import backup_files, restore
from backups.backup_command import BackupCommand, BackupProgressBar, add_name_argument
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Compares an encrypted dump with its manifest. With --identity it also decrypts and compares the contents."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_name_argument(parser)
        parser.add_argument(
            "--identity", metavar="FILE", help="file of age identities (private keys); never store it on the server"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        store, name = store_registry.open_store(), options["name"]
        progress_bar = BackupProgressBar(backup_files.load_manifest(store, name).sealed.bytes)
        if options["identity"]:
            with restore.open_dump(store, name, Path(options["identity"]), on_progress=progress_bar) as dump:
                manifest = dump.manifest
        else:
            manifest = backup_files.verify_backup(store, name, progress_bar)
        progress_bar.clear()
        self.write_line(f"{name} matches its manifest", options)
        return {"name": name, "sha256": manifest.sealed.sha256}
