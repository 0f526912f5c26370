"""Index of a user's locations in order, so that the first of them are found without a look at all."""

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase

_NAME = "events_location_in_order"
_DROP = [f"DROP INDEX IF EXISTS {_NAME}"]


def _create(vendor: str, concurrently: str = "") -> RunOnDatabase:
    # An interrupted attempt may leave an index.
    return RunOnDatabase(
        vendor, [*_DROP, f"CREATE INDEX {concurrently} {_NAME} ON events_location (user_id, id)"], _DROP
    )


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL an index is built while the table is written

    dependencies = [("events", "0013_get_location")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_create("postgresql", "CONCURRENTLY"), _create("sqlite")],
            state_operations=[migrations.AddIndex("location", models.Index("user", "id", name=_NAME))],
        )
    ]
