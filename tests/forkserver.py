"""A Python process that has imported what Memfog stands on, and forks one that runs the words it is given.

To start Python and import Django takes most of the processor time of a short command. A fork is a process as any other:
it has its own environment, arguments, output, exit code and signals; Memfog's settings and all that may read them are
imported in it.
A fork may become such a process itself, with the settings and applications of one environment loaded ("settled").

`tests.forking` is the other end. Each request is a length and a JSON object; what it is about comes with the length as
open files. This process ends when its connection does.
"""

import gc
import json
import os
import runpy
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from io import BufferedReader, FileIO, TextIOWrapper
from typing import Any

import django

LENGTH = 4  # bytes
# None of these reads settings.
LIBRARIES = (
    *("asyncio", "boto3", "celery.app.base", "celery.backends.base", "concurrent.futures.thread", "httpx", "httptools"),
    *("django.core.management", "django.db.backends.sqlite3.base", "django.db.backends.postgresql.base", "django.http"),
    *("django.contrib.admin.decorators", "django.test.signals", "django.urls", "django.utils.version", "django.views"),
    *("environ", "kombu.utils.collections", "msgspec", "platformdirs", "psycopg", "pyrage", "redis"),
    *("logging.config", "requests", "segno", "tomllib", "uvicorn.config", "uvicorn.server", "uvloop", "zstandard"),
    *("anymail.apps", "celery.fixups.django", "celery.loaders.app", "celery.worker", "corsheaders.middleware"),
    *("csp.middleware", "django.contrib.admindocs.views", "django.contrib.auth.apps", "django.contrib.auth.tokens"),
    *("django.contrib.postgres.fields", "django.contrib.sessions.middleware", "django.db.migrations.executor"),
    *("pygments.formatters.html", "rest_framework.serializers", "smtplib", "uritemplate", "whitenoise.middleware"),
)
# Of Memfog only what knows no settings and takes long to compile.
PURE = ("events.wire.patterns", "events.wire.visibility")
# What commands import when they run.
OF_APPLICATIONS = ("backups.nightly_run", "backups.stores.s3_store", "backups.rehearsal")


def main(descriptor: int) -> None:
    for name in (*LIBRARIES, *PURE):
        import_module(name)
    words = serve(socket.socket(fileno=descriptor))
    while words == []:
        words = settle()
    if words:
        run(words)


def serve(connection: socket.socket) -> list[str] | None:
    """Answers until the other end is gone. In a fork it returns with the words to run: none, to settle."""
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    gc.freeze()  # so that no fork copies these pages to look for garbage in them
    while asked := receive(connection):
        request, files = asked
        if "process" in request:
            send(connection, {"status": status(request["process"])})
        elif not (process := os.fork()):
            connection.close()
            enter(request, files)
            words: list[str] = request["words"]
            return words
        else:
            send(connection, {"process": process})
        for file in files:
            os.close(file)
    connection.close()
    return None


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    with suppress(ConnectionResetError):
        length, files, _, _ = socket.recv_fds(connection, LENGTH, 3)
        if length:
            text = connection.recv(int.from_bytes(length), socket.MSG_WAITALL)
            return json.loads(text), list(files)
    return None


def send(connection: socket.socket, answer: dict[str, Any]) -> None:
    text = json.dumps(answer).encode()
    connection.sendall(len(text).to_bytes(LENGTH) + text)


def status(process: int) -> int | None:
    """The exit code of a fork, or less than none for the signal that ended it; None while it runs."""
    ended, code = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(code) if ended else None


def enter(request: dict[str, Any], files: list[int]) -> None:
    """Makes this fork the process that was asked for."""
    if request["new_session"]:
        os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = standard_input()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])


def standard_input() -> TextIOWrapper:
    """As Python opens it. The one that was open before remembers of another file whether it can be sought in."""
    raw = FileIO(0, closefd=False)
    raw.name = "<stdin>"
    return TextIOWrapper(BufferedReader(raw))


def settle() -> list[str] | None:
    """Loads the settings and the applications, and serves whoever holds the other end of standard input."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "memfog.settings"
    django.setup()
    for name in OF_APPLICATIONS:
        import_module(name)
    return serve(socket.socket(fileno=os.dup(0)))


def run(words: list[str]) -> None:
    """As `python` does with these words."""
    first, *more = words
    sys.argv = words if first not in ("-c", "-m") else [first, *more[1:]]
    if first == "-c":
        exec(compile(more[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  # what `-c` is
    elif first == "-m":
        runpy.run_module(more[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
