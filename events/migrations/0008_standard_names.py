"""Tables and columns get the names of the glossary; the function that appends is created again with them."""

from importlib import import_module
from pathlib import Path

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase, rename_key_field

SQL_FOLDER = Path(__file__).parent.parent / "sql"
DROP_APPEND = "DROP FUNCTION events_append(uuid[], uuid[], bigint[], bigint[], bigint[], bytea[])"
PREVIOUS_APPEND = import_module("events.migrations.0006_retired").APPEND
APPEND = (SQL_FOLDER / "append_events.v3.sql").read_text()
LOCATION_INDEX = ("user", "location", "ts_us", "seq")


class Migration(migrations.Migration):
    dependencies = [("events", "0007_number_before")]
    operations = [
        RunOnDatabase("postgresql", [], [DROP_APPEND, PREVIOUS_APPEND]),
        # Renamed as tables, since `RenameModel` would rewrite the whole log on SQLite for the key that points to them.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE events_place RENAME TO events_location",
                    "ALTER TABLE events_location RENAME TO events_place",
                )
            ],
            state_operations=[migrations.RenameModel("Place", "Location")],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE events_event RENAME COLUMN place_id TO location_id",
                    "ALTER TABLE events_event RENAME COLUMN location_id TO place_id",
                )
            ],
            state_operations=[
                migrations.RemoveIndex("event", "events_by_place"),
                migrations.RenameField("event", "place", "location"),
                migrations.AddIndex("event", models.Index(*LOCATION_INDEX, name="events_by_place")),
            ],
        ),
        migrations.RenameField("event", "was", "original_seq"),
        migrations.RenameModel("Retention", "RetentionPolicy"),
        migrations.RenameField("retentionpolicy", "days", "max_days"),
        migrations.RenameField("retentionpolicy", "bytes", "max_bytes"),
        migrations.RenameField("retentionpolicy", "at_us", "last_applied_us"),
        migrations.RenameModel("Retired", "RemovedIds"),
        rename_key_field("removedids", "shelf", "prefix", table="events_removedids"),
        migrations.RenameField("stream", "retired", "has_removed_ids"),
        RunOnDatabase("postgresql", [DROP_APPEND, APPEND]),
    ]
