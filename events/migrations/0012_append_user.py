"""`events_append_user` for PostgreSQL: the events of one user, for tables that are distributed by user."""

from pathlib import Path

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase

APPEND_USER = (Path(__file__).parent.parent / "sql/append_user_events.v1.sql").read_text()
DROP_APPEND_USER = "DROP FUNCTION events_append_user(uuid, uuid[], bigint[], bigint[], bigint[], bytea[])"


class Migration(migrations.Migration):
    dependencies = [("events", "0011_append_new")]
    operations = [RunOnDatabase("postgresql", [APPEND_USER], [DROP_APPEND_USER])]
