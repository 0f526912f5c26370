"""`events_append_new` for PostgreSQL: events that are probably all new, in few statements."""

from pathlib import Path

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase

APPEND_NEW = (Path(__file__).parent.parent / "sql/append_new_events.v1.sql").read_text()
DROP_APPEND_NEW = "DROP FUNCTION events_append_new(uuid[], uuid[], bigint[], bigint[], bigint[], bytea[])"


class Migration(migrations.Migration):
    dependencies = [("events", "0010_user_first_keys")]
    # `events_append` stays: this function calls it, and so do servers of the previous release.
    operations = [RunOnDatabase("postgresql", [APPEND_NEW], [DROP_APPEND_NEW])]
