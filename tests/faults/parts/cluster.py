"""Separate PostgreSQL and Redis servers on free ports, so that faults do not touch other servers of the machine."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.environment import free_port
from tests.faults.parts.service import Service, children, command_of
from tests.server import wait_for

ROLE = "memfog_fault"


def _binary(name: str) -> str:
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: -float(path.parts[4]))
    found = next(map(str, newest_first), None) or shutil.which(name)
    assert found, f"{name} is needed: apt-get install postgresql"
    return found


class Cluster:
    """A PostgreSQL server with its data in `folder`, and its write-ahead log in `wal` if this is given."""

    def __init__(self, folder: Path, wal: Path | None = None) -> None:
        self.folder, self.port = folder / "data", free_port()
        # PostgreSQL refuses to run as root. Its user needs access to all parent folders of its folder.
        self.user = "postgres" if os.geteuid() == 0 else None
        for path in filter(None, (folder, wal)):
            _give(path, self.user)
        places = ["-D", str(self.folder), *(["-X", str(wal / "wal")] if wal else [])]
        # The smallest segments of the write-ahead log, never reused, so that the cluster fits on a small disk and soon
        # notices when it is full.
        small = ["--wal-segsize=1", "--no-sync", "--auth=trust", "--username=postgres", "--no-instructions"]
        subprocess.run([_binary("initdb"), *places, *small], user=self.user, check=True, stdout=subprocess.DEVNULL)
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "synchronous_commit": "on",
            "fsync": "on",
            "max_wal_size": "4MB",
            "min_wal_size": "2MB",
            "wal_recycle": "off",
            "shared_buffers": "16MB",
        }
        chosen = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [_binary("postgres"), "-D", str(self.folder), *chosen]
        # SIGINT is PostgreSQL's fast shutdown: abort transactions, write all data, end.
        self.service = Service(*command, log=folder / "postgres.log", end=signal.SIGINT, user=self.user)

    def start(self) -> "Cluster":
        self.service.start()
        wait_for(self.is_up, what="PostgreSQL")
        return self

    def database(self, name: str) -> str:
        """Creates an empty database. Returns its URL for its owner, whom row-level security binds."""
        if not self.ask(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):
            self.ask(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        self.ask(f"CREATE DATABASE {name} OWNER {ROLE}")
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{name}"

    def is_up(self) -> bool:
        try:
            return bool(self.ask("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def ask(self, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs a query as superuser."""
        url = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def backends(self) -> Sequence[int]:
        """Returns the ids of the PostgreSQL processes that serve connections of Memfog."""
        return [pid for pid in children(self.service.pid) if ROLE in command_of(pid)]


def _give(folder: Path, user: str | None) -> None:
    if user:
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)


class PgBouncer:
    """A pooler in front of a cluster, in transaction mode: each transaction may get another connection."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.port, user = free_port(), cluster.user
        folder.mkdir()
        _give(folder, user)
        (folder / "users.txt").write_text(f'"{ROLE}" ""\n')
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": folder / "users.txt",
            "pool_mode": "transaction",
            "max_client_conn": 200,
            "default_pool_size": 10,
        }
        lines = "\n".join(f"{name} = {value}" for name, value in settings.items())
        databases = f"* = host=127.0.0.1 port={cluster.port}"
        (folder / "pgbouncer.ini").write_text(f"[databases]\n{databases}\n[pgbouncer]\n{lines}\n")
        found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
        assert found, "pgbouncer is needed: apt-get install pgbouncer"
        # SIGINT: end what runs, then end.
        self.service = Service(
            found, str(folder / "pgbouncer.ini"), log=folder / "pgbouncer.log", end=signal.SIGINT, user=user
        )

    def url(self, database: str) -> str:
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"


class RedisServer:
    """A Redis server that stores nothing on disk: a loss of its data must not matter."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        assert shutil.which("redis-server"), "redis-server is needed: apt-get install redis-server"
        self.service = Service("redis-server", *options, log=folder / "redis.log", folder=folder)

    def start(self) -> "RedisServer":
        self.service.start()
        return self
