"""Indexes of the sessions that a program runs, and of those that were resumed. Both are small: most sessions are neither."""

from django.db import migrations, models
from django.db.models import Q

from events.isolation.migration_operations import RunOnDatabase

_INDEXES = (
    models.Index("user", "session_id", condition=Q(automated=True), name="memory_session_automated"),
    models.Index("user", "resumed_us", condition=Q(resumed_us__isnull=False), name="memory_session_resumed"),
)
_CREATE = {
    "memory_session_automated": "(user_id, session_id) WHERE automated",
    "memory_session_resumed": "(user_id, resumed_us) WHERE resumed_us IS NOT NULL",
}
_DROP = [f"DROP INDEX IF EXISTS {name}" for name in _CREATE]


def _create(vendor: str, concurrently: str = "") -> RunOnDatabase:
    drop_unfinished = _DROP if concurrently else []  # of an attempt that was interrupted
    create = [f"CREATE INDEX {concurrently} {name} ON memory_session {rest}" for name, rest in _CREATE.items()]
    return RunOnDatabase(vendor, [*drop_unfinished, *create], _DROP)


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL an index is built while the table is written

    dependencies = [("memory", "0018_automated")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_create("postgresql", "CONCURRENTLY"), _create("sqlite")],
            state_operations=[migrations.AddIndex("session", index) for index in _INDEXES],
        )
    ]
