from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from backups import backup, restoring, store
from backups.terminal import BackupCommand, Bar, name_argument


class Command(BackupCommand):
    help = "Reads a sealed dump and compares it with its manifest. With --identity, also what is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        name_argument(parser)
        parser.add_argument("--identity", metavar="FILE", help="file of age identities; never on the server")

    def act(self, **options: Any) -> dict[str, Any]:
        shelf, name = store.opened(), options["name"]
        bar = Bar(backup.load(shelf, name).sealed.bytes)
        if options["identity"]:
            with restoring.opened(shelf, name, Path(options["identity"]), tell=bar) as dump:
                made = dump.manifest
        else:
            made = backup.verify(shelf, name, bar)
        bar.end()
        self.line(f"{name} is what its manifest says", options)
        return {"name": name, "sha256": made.sealed.sha256}
