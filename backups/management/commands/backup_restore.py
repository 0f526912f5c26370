from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import environ

from backups import backup_files, restore
from backups.backup_command import BackupCommand, Bar, identity_argument, name_argument
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Restores a backup into an empty database, in one transaction, and compares every table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        name_argument(parser)
        identity_argument(parser)
        parser.add_argument(
            "--into",
            required=True,
            metavar="URL",
            help="postgres://…, of the role that is to own the tables; sqlite:///…",
        )
        parser.add_argument("--force", action="store_true", help="replace what is in a database that is not empty")

    def act(self, **options: Any) -> dict[str, Any]:
        shelf, name = store_registry.opened(), options["name"]
        bar = Bar(backup_files.load(shelf, name).sealed.bytes)
        with restore.opened(shelf, name, Path(options["identity"]), tell=bar) as dump:
            bar.end()
            restore.restore(dump, environ.Env.db_url_config(options["into"]), force=options["force"])
            made = dump.manifest
        self.line(f"{made.rows} rows in {len(made.tables)} tables, each table as it was at {made.made_at}", options)
        return {"name": name, "rows": made.rows, "tables": len(made.tables), "made_at": made.made_at}
