from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ

from backups import backup_files, rehearsal
from backups.backup_command import BackupCommand, Bar, identity_argument, name_argument
from backups.backup_errors import Trouble
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Restores a backup into a scratch database, compares it, and records the result beside the manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        name_argument(parser, nargs="?")
        identity_argument(parser)
        parser.add_argument(
            "--scratch", metavar="URL", help="postgres://… of a role that may make databases; not for SQLite"
        )

    def act(self, **options: Any) -> dict[str, Any]:
        shelf = store_registry.opened()
        name = options["name"] or next(iter(reversed(backup_files.names(shelf))), None)
        if name is None:
            raise Trouble("There is no backup.")
        scratch = environ.Env.db_url_config(options["scratch"]) if options["scratch"] else None
        bar = Bar(backup_files.load(shelf, name).sealed.bytes)
        rehearsal.rehearse(shelf, name, Path(options["identity"]), scratch, bar)
        bar.end()
        self.line(f"{name} was restored and compared, and is gone again. The result stands beside it.", options)
        return {"name": name}
