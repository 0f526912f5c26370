"""Indexes for pages of files and commits: of counted answers, so that costs are summed from the index alone, and of moves.

The index of counted answers takes the place of that of all answers.
"""

from django.db import migrations, models
from django.db.models import Q

from events.isolation.migration_operations import RunOnDatabase

_COUNTED, _MOVES, _ALL = "memory_usage_counted", "memory_filechange_moves", "memory_usage_in_order"
_COLUMNS = {
    _COUNTED: "memory_tokenusage (user_id, session_id, at_us, cost_microdollars) WHERE is_counted",
    _MOVES: "memory_filechange (user_id, path, at_us, seq) WHERE kind = 'move'",
    _ALL: "memory_tokenusage (user_id, session_id, at_us, cost_microdollars)",
}


def _make(vendor: str, concurrently: str = "") -> RunOnDatabase:
    """On PostgreSQL an interrupted attempt leaves an index that is not valid."""

    def drop(name: str) -> str:
        return f"DROP INDEX {concurrently} IF EXISTS {name}"

    def create(name: str) -> list[str]:
        return [drop(name), f"CREATE INDEX {concurrently} {name} ON {_COLUMNS[name]}"]

    return RunOnDatabase(
        vendor, [*create(_COUNTED), *create(_MOVES), drop(_ALL)], [*create(_ALL), drop(_COUNTED), drop(_MOVES)]
    )


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL an index is built while the table is written

    dependencies = [("memory", "0028_words_without_trigger")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[_make("postgresql", "CONCURRENTLY"), _make("sqlite")],
            state_operations=[
                migrations.AddIndex(
                    "tokenusage",
                    models.Index(
                        "user",
                        "session_id",
                        "at_us",
                        "cost_microdollars",
                        condition=Q(is_counted=True),
                        name=_COUNTED,
                    ),
                ),
                migrations.AddIndex(
                    "filechange",
                    models.Index("user", "path", "at_us", "seq", condition=Q(kind="move"), name=_MOVES),
                ),
                migrations.RemoveIndex("tokenusage", _ALL),
            ],
        )
    ]
