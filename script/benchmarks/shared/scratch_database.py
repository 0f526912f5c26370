"""Prepares a scratch database and Django before the module of a benchmark is imported."""

import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import django

from tests.databases import copy_sqlite, create_postgresql

SUPERUSER_URL = "postgresql://postgres@127.0.0.1:5432/postgres"
SERVICE_VARIABLES = ("DATABASE_URL", "MEMFOG_TEST_POSTGRES", "MEMFOG_TEST_REDIS", "REDIS_URL")


def prepare_postgresql() -> None:
    """Creates a migrated database on the server of `MEMFOG_TEST_POSTGRES`, which is dropped at the end."""
    superuser = os.environ.setdefault("MEMFOG_TEST_POSTGRES", SUPERUSER_URL)
    create_postgresql(superuser, _create_environment())
    _set_up_django()


def prepare_sqlite() -> None:
    """Creates a data directory with SQLite and no service, as on a laptop; it is removed at the end."""
    for name in SERVICE_VARIABLES:
        os.environ.pop(name, None)
    _create_environment()
    copy_sqlite(Path(os.environ["MEMFOG_DATA"]) / "memfog.sqlite3")
    _set_up_django()


def prepare_either() -> None:
    """Prepares PostgreSQL where `MEMFOG_TEST_POSTGRES` names a server, else SQLite."""
    return prepare_postgresql() if os.environ.get("MEMFOG_TEST_POSTGRES") else prepare_sqlite()


def prepare_nothing() -> None:
    """Prepares nothing, for benchmarks that create their own environment."""


PREPARATIONS: Mapping[str, Callable[[], None]] = {
    "postgresql": prepare_postgresql,
    "sqlite": prepare_sqlite,
    "either": prepare_either,
    "nothing": prepare_nothing,
}


def _create_environment() -> str:
    """Imports `tests.environment`, whose import creates the environment. Returns the name of the scratch database."""
    return str(importlib.import_module("tests.environment").DATABASE)


def _set_up_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "memfog.settings"
    django.setup()
