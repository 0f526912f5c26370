"""`events_get_location` for PostgreSQL: the id of a location in one round trip."""

from pathlib import Path

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase

GET_LOCATION = (Path(__file__).parent.parent / "sql/get_location.v1.sql").read_text()
DROP_GET_LOCATION = "DROP FUNCTION events_get_location(uuid, bytea, text, text, text)"


class Migration(migrations.Migration):
    dependencies = [("events", "0012_append_user")]
    operations = [RunOnDatabase("postgresql", [GET_LOCATION], [DROP_GET_LOCATION])]
