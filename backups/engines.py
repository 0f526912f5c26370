"""The two databases that Memfog runs on."""

from backups.engine import Database, Engine
from backups.postgresql import Postgresql
from backups.sqlite import Sqlite
from backups.trouble import Trouble

ENGINES: tuple[Engine, ...] = (Postgresql(), Sqlite())


def of(database: Database) -> Engine:
    """Raises Trouble for another than PostgreSQL and SQLite."""
    return named("sqlite" if database["ENGINE"].endswith("sqlite3") else database["ENGINE"].rpartition(".")[2])


def named(name: str) -> Engine:
    for engine in ENGINES:
        if engine.name == name:
            return engine
    raise Trouble(f"Backups are of PostgreSQL or SQLite, not of {name}.")
