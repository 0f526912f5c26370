"""The queue of the projection: since when a user's log has events that were not projected."""

from pathlib import Path

from django.db import migrations, models

from events.isolation.migration_operations import RunOnDatabase

SQL_FOLDER = Path(__file__).parent.parent / "sql"
# Replaced, not dropped: its parameters stay, and servers of the previous release go on with it.
PREVIOUS_APPEND, APPEND = (
    (SQL_FOLDER / f"append_events.{version}.sql").read_text().replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for version in ("v3", "v4")
)


class Migration(migrations.Migration):
    dependencies = [("events", "0008_standard_names")]
    operations = [
        migrations.AddField("stream", "behind_since_us", models.BigIntegerField(null=True)),
        migrations.AddField("stream", "queued_us", models.BigIntegerField(null=True)),
        migrations.AddIndex(
            "stream",
            models.Index("queued_us", name="events_stream_queue", condition=models.Q(queued_us__isnull=False)),
        ),
        RunOnDatabase("postgresql", [APPEND], [PREVIOUS_APPEND]),
    ]
