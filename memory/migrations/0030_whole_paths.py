"""The paths of edited files as the host named them, by which a session tells its files apart."""

from django.db import migrations, models

from memory.projection.rebuild_operation import RebuildAfterReverse


class Migration(migrations.Migration):
    dependencies = [("memory", "0029_change_indexes")]
    operations = [
        # With a default in the database, for servers of the previous release.
        migrations.AddField("filechange", "whole_path", models.TextField(default="", db_default="")),
        RebuildAfterReverse(),
    ]
