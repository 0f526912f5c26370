"""Index of the answers by message, so that the sessions which hold the same answer are found."""

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase

_NAME = "memory_usage_by_message"
_COLUMNS = ("user", "message_id")
_DROP = [f"DROP INDEX IF EXISTS {_NAME}"]


def _create(vendor: str, concurrently: str = "") -> RunOnDatabase:
    drop_unfinished = _DROP if concurrently else []  # of an attempt that was interrupted
    columns = "user_id, message_id"
    return RunOnDatabase(
        vendor, [*drop_unfinished, f"CREATE INDEX {concurrently} {_NAME} ON memory_tokenusage ({columns})"], _DROP
    )


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL an index is built while the table is written

    dependencies = [("memory", "0026_shared_answers")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_create("postgresql", "CONCURRENTLY"), _create("sqlite")],
            state_operations=[migrations.AddIndex("tokenusage", models.Index(*_COLUMNS, name=_NAME))],
        )
    ]
