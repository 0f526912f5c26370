"""Sets the environment of a test run before Django reads its settings: a scratch data directory and database.

`MEMFOG_TEST_POSTGRES` (the URL of a superuser) runs the suite on PostgreSQL, as a role that is neither superuser nor
owner of the tables; `MEMFOG_TEST_REDIS` adds Redis and a Celery worker. If several processes share a run, each has its
own data directory, database and Redis database. The first process uses the Redis database of the URL, each further
process the next lower number.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from redis import Redis

from tests import reaper
from tests.databases import OWNER, ROLE, database_url, drop_postgresql
from tests.ports import free_port as free_port

MEMORY = "/dev/shm"  # exists on every Linux system
ROOM = 4 << 30  # bytes
DATABASE = f"{ROLE}_{os.getpid()}"
# The number of this process among the processes that share a run, from 0.
NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _make() -> dict[str, str]:
    data = Path(tempfile.mkdtemp(prefix="memfog-test-", dir=_memory_folder()))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    made = {"MEMFOG_DATA": str(data), "PORT": str(free_port()), "LOG_LEVEL": "WARNING", "MODEL_URL": "off"}
    made["PUSH_TO_LOOPBACK"] = "1"  # the push service of the tests
    if superuser := os.environ.get("MEMFOG_TEST_POSTGRES"):
        atexit.register(drop_postgresql, superuser, DATABASE)
        made["DATABASE_URL"] = database_url(superuser, ROLE, DATABASE)
        made["MEMFOG_TEST_OWNER"] = database_url(superuser, OWNER, DATABASE)
    if redis := os.environ.get("MEMFOG_TEST_REDIS"):
        made["REDIS_URL"] = _redis_database(redis)
        Redis.from_url(made["REDIS_URL"]).flushdb()
    return made


def _memory_folder() -> str | None:
    """Returns a folder in memory for the data of tests: there a SQLite commit does not wait for a disk.

    Returns None (the system's temporary folder) for a benchmark, or if memory has too little free space.
    """
    under_pytest = "PYTEST_VERSION" in os.environ
    return MEMORY if under_pytest and Path(MEMORY).is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _redis_database(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) - NUMBER}").geturl()


def _name_run() -> None:
    """Names this run and starts its reaper, which kills left processes at the end. A nested run has a name already."""
    if reaper.VARIABLE not in os.environ:
        os.environ[reaper.VARIABLE] = f"run-{uuid4().hex}"
        atexit.register(reaper.watch(os.environ[reaper.VARIABLE]).communicate)


os.environ.update(_make())
_name_run()
