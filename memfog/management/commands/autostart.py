"""`manage.py autostart`: makes this machine start Memfog when its owner signs in."""

import os
import subprocess
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from memfog.local import autostart_unit


class Command(BaseCommand):
    help = "Prints or installs the systemd user unit or launchd agent that starts Memfog when you sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_mutually_exclusive_group()
        actions.add_argument("--install", action="store_true", help="write the file, and start Memfog now")
        actions.add_argument("--remove", action="store_true", help="stop Memfog and delete the file")

    def handle(self, *args: Any, install: bool, remove: bool, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("This command is for a local server. For a public server see docs/deploy.md.")
        entry = autostart_unit.build_entry(os.getuid())
        if install:
            self._install(entry)
        elif remove:
            self._remove(entry)
        else:
            self.stdout.write(entry.text, ending="")

    def _install(self, entry: autostart_unit.AutostartEntry) -> None:
        if entry.file.exists():
            self._remove(entry)
        entry.file.parent.mkdir(parents=True, exist_ok=True)
        entry.file.write_text(entry.text)
        for command in entry.enable_commands:
            _run_command(command)
        self.stdout.write(f"Memfog is running and will start when you sign in: {entry.file}")
        self.stdout.write("To get a sign-in link: python manage.py sign_in_link")

    def _remove(self, entry: autostart_unit.AutostartEntry) -> None:
        if not entry.file.exists():
            self.stdout.write(f"Nothing was installed: there is no {entry.file}")
            return
        for command in entry.disable_commands:
            _run_command(command)
        entry.file.unlink()
        self.stdout.write(f"Memfog is stopped and will not start at sign-in. Deleted {entry.file}.")


def _run_command(command: tuple[str, ...]) -> None:
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # constant commands
    except FileNotFoundError:
        raise CommandError(
            f"{command[0]} was not found on this machine. Install the output of `manage.py autostart` yourself."
        ) from None
    if completed.returncode:
        raise CommandError(f"{' '.join(command)}: {completed.stderr.strip() or completed.returncode}")
