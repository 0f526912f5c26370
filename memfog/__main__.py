"""`python -m memfog` serves the web process, with the address and the number of workers of the settings."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from memfog import server, settings
from memfog.protocol import Protocol

KEEP_ALIVE = 75  # seconds that an idle connection may wait for its next request
LAST_WORDS = 15  # seconds for what is under way when the server is told to end


def greet() -> None:
    """Tells a person at a terminal where to begin."""
    print(f"Memfog is starting on {settings.PUBLIC_URL}")  # noqa: T201
    print(f"Sign up at {settings.PUBLIC_URL}/sign-up. Ctrl-C ends it.")  # noqa: T201
    if settings.LOCAL and not settings.EMAIL_URL and not settings.EMAIL_PROVIDER:
        print(f"No mail is configured: what would be mailed stands at {settings.PUBLIC_URL}/dev/mail")  # noqa: T201
    sys.stdout.flush()


@contextmanager
def announced() -> Iterator[None]:
    """While it serves, a server on this machine tells where in its data directory: `memfog connect` looks there."""
    file = settings.DATA_DIR / "server.json"
    if settings.LOCAL:
        file.write_text(json.dumps({"url": settings.PUBLIC_URL}))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


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
    greet()
    with announced():
        serve()
