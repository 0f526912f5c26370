"""`python -m memfog`: serves the web process, with the address and the number of workers from the settings.

`--no-open` opens no browser. `--quiet` prints no secret link either, for a start without a terminal.
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
from memfog.local.server_file import OwnerCredentials
from memfog.server import socket_activation, uvicorn_server
from memfog.server.http_protocol import HttpProtocol

KEEP_ALIVE_TIMEOUT_S = 75  # seconds that an idle connection is kept open for its next request
SHUTDOWN_TIMEOUT_S = 15  # seconds for requests in progress when the server stops


def main(arguments: list[str]) -> None:
    options = _build_parser().parse_args(arguments)
    is_running = settings.PERSONAL and not socket_activation.has_sockets() and server_file.is_port_taken()
    if is_running and not server_file.is_own_server():
        sys.exit(f"Another program uses port {settings.PORT}. Choose another port: PORT=8001 script/run")
    credentials = _load_credentials(with_link=not options.quiet)
    print_greeting(credentials.link, is_running=is_running, quiet=options.quiet)
    if credentials.link and not options.no_open and browser_launch.has_interactive_user():
        Thread(target=_open_page, args=[credentials.link], daemon=not is_running).start()
    if not is_running:
        if settings.WEB_CONCURRENCY > 1:
            _refuse_unsafe_role()
        with server_file.publish_server_file(credentials.token):
            serve()


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/run", description="Runs Memfog. `.env.example` lists its settings.")
    parser.add_argument("--no-open", action="store_true", help="open no browser")
    parser.add_argument("--quiet", action="store_true", help="print no secret link and open no browser")
    return parser


def _load_credentials(*, with_link: bool) -> OwnerCredentials:
    """Loads the owner's credentials. Only a local server loads Django: the parent of many workers stays small."""
    if not settings.PERSONAL:
        return OwnerCredentials()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
    django.setup()
    try:
        credentials: OwnerCredentials = import_module("memfog.local.local_startup").issue_credentials(
            with_link=with_link
        )
    except DatabaseError:  # the tables do not exist yet: /readyz names the missing part
        return OwnerCredentials()
    return credentials


def _refuse_unsafe_role() -> None:
    """Ends with a message if row-level security does not apply to the role of the web processes.

    A child loads Django and asks the database, so that the parent stays small.
    """
    child = os.fork()
    if child == 0:
        os._exit(_report_unsafe_role())
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(1)


def _report_unsafe_role() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
    django.setup()
    try:
        refusal = import_module("events.isolation.database_role").explain_unsafe_role()
    except DatabaseError:  # each web process asks again
        return 0
    if refusal:
        print(refusal, file=sys.stderr, flush=True)  # noqa: T201
    return int(bool(refusal))


def print_greeting(link: str | None, *, is_running: bool, quiet: bool = False) -> None:
    """Prints the addresses with which a user at a terminal starts."""
    site = settings.PUBLIC_URL
    state = "already running" if is_running else "starting"
    advice = "" if is_running else " Press Ctrl-C to stop it."
    print(f"Memfog is {state} on {site}.{advice}")  # noqa: T201
    if link:
        print(f"Sign in with this link (works once, for ten minutes): {link}")  # noqa: T201
    print(f"{'Others sign' if link else 'Sign'} up at {site}/sign-up")  # noqa: T201
    if settings.MAILBOX_KEY:
        key = "" if quiet else f"?key={settings.MAILBOX_KEY}"
        print(f"Mail is not configured. Read outgoing mail at {site}/dev/mail{key} (only you can see it).")  # noqa: T201
    sys.stdout.flush()


def _open_page(link: str) -> None:
    if server_file.wait_until_answering():
        browser_launch.open_page(link)


def serve() -> None:
    uvicorn_server.run_server(
        "memfog.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WEB_CONCURRENCY,
        loop="uvloop",
        http=HttpProtocol,
        ws="none",
        backlog=2_048,
        # `accounts.api_base.rate_limit` decides which proxies may name the client's address.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT_S,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
