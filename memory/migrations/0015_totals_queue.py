"""Up to where the totals of a user's counts were refreshed, so that workers find who has outdated ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0014_summarized")]
    operations = [
        # With defaults in the database, for servers of the previous release.
        migrations.AddField("projectionstate", "totals_cursor", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("projectionstate", "totals_us", models.BigIntegerField(default=0, db_default=0)),
    ]
