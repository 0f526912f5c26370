from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from re import fullmatch
from typing import Any

from django.utils import timezone

from backups import backup_files
from backups.backup_command import MEGABYTE, BackupCommand
from backups.backup_errors import Trouble
from backups.manifest import Manifest
from backups.stores import store_registry

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def age(text: str) -> timedelta:
    if not (found := fullmatch(r"(\d+)([mhd])", text)):
        raise ArgumentTypeError("as in 90m, 26h or 2d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


class Command(BackupCommand):
    help = "Lists the backups there are, by their manifests, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--max-age", type=age, metavar="AGE", help="fail unless the newest is younger (26h, 2d)")

    def act(self, **options: Any) -> dict[str, Any]:
        shelf = store_registry.opened()
        known = [backup_files.load(shelf, name) for name in backup_files.names(shelf)]
        for made in known:
            size = made.sealed.bytes / MEGABYTE
            self.line(f"{made.name}  {made.made_at}  {size:>10,.1f} MB  {made.rows:>12,} rows", options)
        if options["max_age"] is not None:
            _refuse_old(known, options["max_age"])
        return {"backups": [_short(made) for made in known]}


def _refuse_old(known: list[Manifest], oldest: timedelta) -> None:
    newest = max((made.at for made in known), default=None)
    if newest is None or timezone.now() - newest > oldest:
        raise Trouble(f"The newest backup is of {newest}." if newest else "There is no backup.")


def _short(made: Manifest) -> dict[str, Any]:
    size = {"sealed_bytes": made.sealed.bytes, "plain_bytes": made.plain.bytes}
    return {"name": made.name, "made_at": made.made_at, "engine": made.engine, "rows": made.rows, **size}
