"""On PostgreSQL each key starts with the user, so that the tables can be distributed by user."""

from django.db import migrations

from events.isolation.migration_operations import replace_primary_key


class Migration(migrations.Migration):
    atomic = False  # an index is built while the table is written

    dependencies = [("sync", "0003_standard_names")]
    operations = [
        replace_primary_key("sync_syncedrange", "sync_stretch_pkey", old="id", new="user_id, id"),
        replace_primary_key("sync_rejectedevent", "sync_refusal_pkey", old="id", new="user_id, id"),
    ]
