"""Which session counts an answer that the transcripts of several sessions hold."""

from django.db import migrations, models

from memory.projection.rebuild_operation import RebuildAfterReverse


class Migration(migrations.Migration):
    dependencies = [("memory", "0025_usage_in_order")]
    operations = [
        # With a default in the database, for servers of the previous release.
        migrations.AddField("tokenusage", "is_counted", models.BooleanField(default=True, db_default=True)),
        RebuildAfterReverse(),
    ]
