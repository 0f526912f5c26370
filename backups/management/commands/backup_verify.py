from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from backups import backup_files, restore
from backups.backup_command import BackupCommand, Bar, name_argument
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Reads a sealed dump and compares it with its manifest. With --identity, also what is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        name_argument(parser)
        parser.add_argument("--identity", metavar="FILE", help="file of age identities; never on the server")

    def act(self, **options: Any) -> dict[str, Any]:
        shelf, name = store_registry.opened(), options["name"]
        bar = Bar(backup_files.load(shelf, name).sealed.bytes)
        if options["identity"]:
            with restore.opened(shelf, name, Path(options["identity"]), tell=bar) as dump:
                made = dump.manifest
        else:
            made = backup_files.verify(shelf, name, bar)
        bar.end()
        self.line(f"{name} is what its manifest says", options)
        return {"name": name, "sha256": made.sealed.sha256}
