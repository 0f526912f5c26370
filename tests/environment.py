"""The environment of a test run, made before Django reads its settings: scratch data, a scratch database.

`MEMFOG_TEST_POSTGRES` (the URL of a superuser) runs the suite on PostgreSQL, as a role that is neither superuser nor
owner of the tables; `MEMFOG_TEST_REDIS` adds Redis and a Celery worker.
"""

import atexit
import os
import shutil
import socket
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from redis import Redis

OWNER, ROLE = "memfog_test_owner", "memfog_test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _scratch_database(superuser: str) -> tuple[str, str]:
    """The URL of a new database for the application, and that for its owner, who migrates it."""
    name = f"{ROLE}_{os.getpid()}"
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role in (OWNER, ROLE):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            if not known:
                connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS")
        connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    atexit.register(_drop, superuser, name)
    for statement in GRANTS:
        with psycopg.connect(_at(superuser, OWNER, name), autocommit=True) as connection:
            connection.execute(statement)
    return _at(superuser, ROLE, name), _at(superuser, OWNER, name)


# What the owner lets the application do with what its migrations will make.
GRANTS = (
    f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE}",
    f"ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {ROLE}",
)


def _at(superuser: str, role: str, database: str) -> str:
    server = urlsplit(superuser)
    return f"postgres://{role}@{server.hostname}:{server.port or 5432}/{database}"


def _drop(superuser: str, name: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _make() -> dict[str, str]:
    data = Path(tempfile.mkdtemp(prefix="memfog-test-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    made = {"MEMFOG_DATA": str(data), "PORT": str(free_port()), "LOG_LEVEL": "WARNING", "MODEL_URL": "off"}
    if superuser := os.environ.get("MEMFOG_TEST_POSTGRES"):
        made["DATABASE_URL"], made["MEMFOG_TEST_OWNER"] = _scratch_database(superuser)
    if redis := os.environ.get("MEMFOG_TEST_REDIS"):
        made["REDIS_URL"] = redis
        Redis.from_url(redis).flushdb()
    return made


os.environ.update(_make())
