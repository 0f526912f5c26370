from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from re import fullmatch
from typing import Any

from django.utils import timezone

from backups import backup_files
from backups.backup_command import MEGABYTE, BackupCommand
from backups.backup_errors import BackupError
from backups.manifest import Manifest
from backups.stores import store_registry

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def parse_age(text: str) -> timedelta:
    if not (match := fullmatch(r"(\d+)([mhd])", text)):
        raise ArgumentTypeError("use a form such as 90m, 26h or 2d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


class Command(BackupCommand):
    help = "Lists all backups by their manifests, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--max-age", type=parse_age, metavar="AGE", help="fail if the newest backup is older than AGE (26h, 2d)"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        store = store_registry.open_store()
        manifests = [backup_files.load_manifest(store, name) for name in backup_files.list_names(store)]
        for manifest in manifests:
            size = manifest.sealed.bytes / MEGABYTE
            self.write_line(
                f"{manifest.name}  {manifest.made_at}  {size:>10,.1f} MB  {manifest.rows:>12,} rows", options
            )
        if options["max_age"] is not None:
            _require_recent(manifests, options["max_age"])
        return {"backups": [_summarize(manifest) for manifest in manifests]}


def _require_recent(manifests: list[Manifest], max_age: timedelta) -> None:
    newest = max((manifest.made_at_datetime for manifest in manifests), default=None)
    if newest is None or timezone.now() - newest > max_age:
        raise BackupError(
            f"The newest backup is too old: it was made at {newest}." if newest else "There is no backup."
        )


def _summarize(manifest: Manifest) -> dict[str, Any]:
    size = {"sealed_bytes": manifest.sealed.bytes, "plain_bytes": manifest.plain.bytes}
    return {
        "name": manifest.name,
        "made_at": manifest.made_at,
        "engine": manifest.engine,
        "rows": manifest.rows,
        **size,
    }
