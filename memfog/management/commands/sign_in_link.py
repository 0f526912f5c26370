"""`manage.py sign_in_link`: prints a sign-in link for the owner of a local server."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from memfog.local import browser_launch, server_file
from memfog.local.local_startup import issue_credentials


class Command(BaseCommand):
    help = "Prints a link that signs a browser in to this machine's account (works once, for ten minutes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-open", action="store_true", help="open no browser")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PERSONAL:
            raise CommandError("This is not a local server. Sign in with an email address and a password.")
        try:
            link = issue_credentials().link
        except DatabaseError:
            raise CommandError("The database is not ready: run manage.py migrate first.") from None
        if link is None:
            raise CommandError(f"Every account here has a password. Sign in at {settings.PUBLIC_URL}/sign-in")
        self.stdout.write(link)
        if not server_file.is_answering():
            self.stderr.write("Memfog is not running: start it with script/run.")
        elif browser_launch.has_interactive_user() and not options["no_open"]:
            browser_launch.open_page(link)
