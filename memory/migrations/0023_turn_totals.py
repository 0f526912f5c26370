"""Prompts keep what the session had done before them, for the totals of each turn."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0022_file_changes")]
    operations = [
        # With defaults in the database, for servers of the previous release.
        migrations.AddField("prompt", "tools_before", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("prompt", "failures_before", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("prompt", "worked_before_us", models.BigIntegerField(default=0, db_default=0)),
    ]
