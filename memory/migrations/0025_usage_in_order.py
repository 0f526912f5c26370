"""Index of the answers of a session in order, so that a page of files sums the costs of turns without reading more."""

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase

_NAME = "memory_usage_in_order"
_COLUMNS = ("user", "session_id", "at_us", "cost_microdollars")
_DROP = [f"DROP INDEX IF EXISTS {_NAME}"]


def _create(vendor: str, concurrently: str = "") -> RunOnDatabase:
    drop_unfinished = _DROP if concurrently else []  # of an attempt that was interrupted
    columns = "user_id, session_id, at_us, cost_microdollars"
    return RunOnDatabase(
        vendor, [*drop_unfinished, f"CREATE INDEX {concurrently} {_NAME} ON memory_tokenusage ({columns})"], _DROP
    )


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL an index is built while the table is written

    dependencies = [("memory", "0024_git_acts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_create("postgresql", "CONCURRENTLY"), _create("sqlite")],
            state_operations=[migrations.AddIndex("tokenusage", models.Index(*_COLUMNS, name=_NAME))],
        )
    ]
