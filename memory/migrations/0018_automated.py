"""Sessions that a program runs are marked, and counted apart; sessions keep when they were resumed.

Activity is counted by the quarter of an hour, since the days of some time zones begin at one.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0017_own_prices")]
    operations = [
        # With defaults in the database, for servers of the previous release.
        migrations.AddField("session", "automated", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("session", "resumed_us", models.BigIntegerField(null=True)),
        migrations.AddField("dailytotal", "automated", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("halfhourtotal", "automated", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("halfhourtotal", "quarter", models.SmallIntegerField(default=0, db_default=0)),
    ]
