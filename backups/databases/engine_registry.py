"""The two databases that Memfog runs on."""

from backups.backup_errors import Trouble
from backups.databases.dump_engine import Database, Engine
from backups.databases.postgresql_dump import Postgresql
from backups.databases.sqlite_dump import Sqlite

ENGINES: tuple[Engine, ...] = (Postgresql(), Sqlite())


def of(database: Database) -> Engine:
    """Raises Trouble for another than PostgreSQL and SQLite."""
    return named("sqlite" if "sqlite" in database["ENGINE"] else database["ENGINE"].rpartition(".")[2])


def named(name: str) -> Engine:
    for engine in ENGINES:
        if engine.name == name:
            return engine
    raise Trouble(f"Backups are of PostgreSQL or SQLite, not of {name}.")
