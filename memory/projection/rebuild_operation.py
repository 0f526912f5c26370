"""A migration operation after which each log is derived again."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


class RebuildAfterReverse(migrations.RunPython):
    """Does nothing forward. When the migration is taken back, every log is derived again, by whichever release is next.

    For a migration whose columns or tables hold derived values: they are lost with the schema, and the version of the
    rules alone does not tell a later release that they are missing.
    """

    def __init__(self) -> None:
        super().__init__(migrations.RunPython.noop, _forget_rules)


def _forget_rules(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # `rules_version` is below that of every release.
    apps.get_model("memory", "ProjectionState").objects.using(schema_editor.connection.alias).update(rules_version=0)
