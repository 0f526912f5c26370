"""A Python process that has imported Memfog's dependencies, and forks processes that run commands.

The start of Python and the import of Django take most of the processor time of a short command. A fork is a normal
process: it has its own environment, arguments, output, exit code and signals. The fork imports Memfog's settings, and
all modules that may read them.
A fork can become a fork server itself, with the settings and apps of one environment loaded: it is *settled*.

`tests.forking` is the client. A request is a length and a JSON object. The open files of the new process are sent with
the length. This process ends when its connection closes.
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

from tests.light_hashing import use_light_hashing

LENGTH = 4  # bytes
# None of these modules reads the settings.
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
# Modules of Memfog that read no settings and take long to compile.
PURE = ("events.wire.patterns", "events.wire.visibility")
# Modules that commands import only when they run.
OF_APPLICATIONS = ("backups.nightly_run", "backups.stores.s3_store", "backups.rehearsal")


def main(descriptor: int) -> None:
    for name in (*LIBRARIES, *PURE):
        import_module(name)
    use_light_hashing()
    words = serve(socket.socket(fileno=descriptor))
    while words == []:
        words = settle()
    if words:
        run(words)


def serve(connection: socket.socket) -> list[str] | None:
    """Answers requests until the connection closes, then returns None.

    In a fork, returns the arguments to run. An empty list means that the fork must settle.
    """
    assert threading.active_count() == 1, "a process with threads cannot be forked"
    gc.freeze()  # garbage collections of a fork then do not touch, and so not copy, these memory pages
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
    """Returns the exit code of a fork, -N if signal N ended it, or None while it runs."""
    ended, code = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(code) if ended else None


def enter(request: dict[str, Any], files: list[int]) -> None:
    """Gives this fork the files, folder, environment and session that the request asks for."""
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
    """Opens standard input as Python does. The old object has cached whether its own file was seekable."""
    raw = FileIO(0, closefd=False)
    raw.name = "<stdin>"
    return TextIOWrapper(BufferedReader(raw))


def settle() -> list[str] | None:
    """Loads the settings and the apps. Then serves the client, whose connection is standard input."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "memfog.settings"
    django.setup()
    for name in OF_APPLICATIONS:
        import_module(name)
    return serve(socket.socket(fileno=os.dup(0)))


def run(words: list[str]) -> None:
    """Runs these arguments as `python` does."""
    first, *more = words
    sys.argv = words if first not in ("-c", "-m") else [first, *more[1:]]
    if first == "-c":
        exec(compile(more[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  # `-c` runs code
    elif first == "-m":
        runpy.run_module(more[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]))
