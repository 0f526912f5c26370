"""On PostgreSQL the key of a location starts with its user, so that the table can be distributed by user."""

from django.db import migrations

from events.isolation.migration_operations import replace_primary_key


class Migration(migrations.Migration):
    atomic = False  # an index is built while the table is written

    dependencies = [("events", "0009_projection_queue")]
    operations = [replace_primary_key("events_location", "events_place_pkey", old="id", new="user_id, id")]
