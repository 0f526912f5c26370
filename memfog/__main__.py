"""`python -m memfog` serves the web process, with the address and the number of workers of the settings.

--no-open   opens no browser
--quiet     nor prints a link that signs in, for a start that nobody watches
"""

import argparse
import os
import sys
from importlib import import_module
from threading import Thread

import django
from django.db import DatabaseError

from memfog import desktop, place, server, settings
from memfog.place import Welcome
from memfog.protocol import Protocol

KEEP_ALIVE = 75  # seconds that an idle connection may wait for its next request
LAST_WORDS = 15  # seconds for what is under way when the server is told to end


def main(words: list[str]) -> None:
    wanted = _options().parse_args(words)
    taken = settings.PERSONAL and place.is_taken()
    if taken and not place.is_ours():
        sys.exit(f"Something else listens on port {settings.PORT}. Choose another: PORT=8001 script/run")
    welcome = _welcome(with_link=not wanted.quiet)
    greet(welcome.link, runs=taken)
    if welcome.link and not wanted.no_open and desktop.has_a_person():
        Thread(target=_open, args=[welcome.link], daemon=not taken).start()
    if not taken:
        with place.told(welcome.token):
            serve()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="script/run", description="Runs Memfog; its settings: .env.example.")
    options.add_argument("--no-open", action="store_true", help="open no browser")
    options.add_argument("--quiet", action="store_true", help="nor print a link that signs in")
    return options


def _welcome(*, with_link: bool) -> Welcome:
    """Loads Django only where it is wanted: beside many workers the process above them stays small."""
    if not settings.PERSONAL:
        return Welcome()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
    django.setup()
    try:
        made: Welcome = import_module("memfog.personal").welcome(with_link=with_link)
    except DatabaseError:  # tables that are not made yet: /readyz names what is missing
        return Welcome()
    return made


def greet(link: str | None, *, runs: bool) -> None:
    """Tells a person at a terminal where to begin."""
    site = settings.PUBLIC_URL
    print(f"Memfog runs on {site} already." if runs else f"Memfog is starting on {site}. Ctrl-C ends it.")  # noqa: T201
    if link:
        print(f"Sign in, once and within ten minutes: {link}")  # noqa: T201
    print(f"{'Others sign' if link else 'Sign'} up at {site}/sign-up")  # noqa: T201
    if settings.LOCAL and not settings.EMAIL_URL and not settings.EMAIL_PROVIDER:
        print(f"No mail is configured: what would be mailed stands at {site}/dev/mail")  # noqa: T201
    sys.stdout.flush()


def _open(link: str) -> None:
    if place.wait():
        desktop.show(link)


def serve() -> None:
    server.run(
        "memfog.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WEB_CONCURRENCY,
        loop="uvloop",
        http=Protocol,
        ws="none",
        backlog=2_048,
        # Whose word about the client's address counts is decided by `accounts.ratelimit`, not here.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_WORDS,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
