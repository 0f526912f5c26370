"""LLM summaries that were written have the outcome `summarized`, which was `told`."""

from django.db import migrations

from events.isolation.migration_operations import RunOnDatabase

_UPDATE = "UPDATE memory_llmsummary SET outcome = '{}' WHERE outcome = '{}'"
_RENAME, _RESTORE = _UPDATE.format("summarized", "told"), _UPDATE.format("told", "summarized")
# The role that migrates acts for no user, so for this statement row-level security does not apply to the table's owner.
_FOR_ALL_USERS = "ALTER TABLE memory_llmsummary NO FORCE ROW LEVEL SECURITY"
_FOR_ONE_USER = "ALTER TABLE memory_llmsummary FORCE ROW LEVEL SECURITY"


class Migration(migrations.Migration):
    dependencies = [("memory", "0013_user_first_keys")]
    operations = [
        RunOnDatabase("sqlite", [_RENAME], [_RESTORE]),
        RunOnDatabase(
            "postgresql", [_FOR_ALL_USERS, _RENAME, _FOR_ONE_USER], [_FOR_ALL_USERS, _RESTORE, _FOR_ONE_USER]
        ),
    ]
