"""`python -m memfog` serves the web process, with the address and the number of workers of the settings.

--no-open   opens no browser
--quiet     nor prints a secret link, for a start that nobody watches
"""

import argparse
import os
import sys
from importlib import import_module
from threading import Thread

import django
from django.db import DatabaseError

from memfog import settings
from memfog.local import browser_launch, server_file
from memfog.local.server_file import Welcome
from memfog.server import uvicorn_server
from memfog.server.http_protocol import Protocol

KEEP_ALIVE = 75  # seconds that an idle connection may wait for its next request
LAST_WORDS = 15  # seconds for what is under way when the server is told to end


def main(words: list[str]) -> None:
    wanted = _options().parse_args(words)
    taken = settings.PERSONAL and server_file.is_taken()
    if taken and not server_file.is_ours():
        sys.exit(f"Something else listens on port {settings.PORT}. Choose another: PORT=8001 script/run")
    welcome = _welcome(with_link=not wanted.quiet)
    greet(welcome.link, runs=taken, quiet=wanted.quiet)
    if welcome.link and not wanted.no_open and browser_launch.has_a_person():
        Thread(target=_open, args=[welcome.link], daemon=not taken).start()
    if not taken:
        with server_file.told(welcome.token):
            serve()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="script/run", description="Runs Memfog; its settings: .env.example.")
    options.add_argument("--no-open", action="store_true", help="open no browser")
    options.add_argument("--quiet", action="store_true", help="nor print a secret link")
    return options


def _welcome(*, with_link: bool) -> Welcome:
    """Loads Django only where it is wanted: beside many workers the process above them stays small."""
    if not settings.PERSONAL:
        return Welcome()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
    django.setup()
    try:
        made: Welcome = import_module("memfog.local.local_startup").welcome(with_link=with_link)
    except DatabaseError:  # tables that are not made yet: /readyz names what is missing
        return Welcome()
    return made


def greet(link: str | None, *, runs: bool, quiet: bool = False) -> None:
    """Tells a person at a terminal where to begin."""
    site = settings.PUBLIC_URL
    print(f"Memfog runs on {site} already." if runs else f"Memfog is starting on {site}. Ctrl-C ends it.")  # noqa: T201
    if link:
        print(f"Sign in, once and within ten minutes: {link}")  # noqa: T201
    print(f"{'Others sign' if link else 'Sign'} up at {site}/sign-up")  # noqa: T201
    if settings.MAILBOX_KEY:
        key = "" if quiet else f"?key={settings.MAILBOX_KEY}"
        print(f"No mail is configured: what would be mailed stands, for you alone, at {site}/dev/mail{key}")  # noqa: T201
    sys.stdout.flush()


def _open(link: str) -> None:
    if server_file.wait():
        browser_launch.show(link)


def serve() -> None:
    uvicorn_server.run(
        "memfog.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WEB_CONCURRENCY,
        loop="uvloop",
        http=Protocol,
        ws="none",
        backlog=2_048,
        # Whose word about the client's address counts is decided by `accounts.api_base.rate_limit`, not here.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_WORDS,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
