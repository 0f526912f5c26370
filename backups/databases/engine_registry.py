"""The two database engines that Memfog runs on."""

from backups.backup_errors import BackupError
from backups.databases.dump_engine import DatabaseSettings, Engine
from backups.databases.postgresql_dump import PostgresqlEngine
from backups.databases.sqlite_dump import SqliteEngine

ENGINES: tuple[Engine, ...] = (PostgresqlEngine(), SqliteEngine())


def for_database(database: DatabaseSettings) -> Engine:
    """Returns the engine of these settings. Raises BackupError unless it is PostgreSQL or SQLite."""
    return by_name("sqlite" if "sqlite" in database["ENGINE"] else database["ENGINE"].rpartition(".")[2])


def by_name(name: str) -> Engine:
    for engine in ENGINES:
        if engine.name == name:
            return engine
    raise BackupError(f"Backups support PostgreSQL and SQLite, not {name}.")
