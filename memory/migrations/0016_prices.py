"""What the price of an answer depends on, its cost, and by which version of the prices each cost was computed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0015_totals_queue")]
    operations = [
        # With defaults in the database, for servers of the previous release.
        migrations.AddField("projectionstate", "price_revision", models.IntegerField(default=0, db_default=0)),
        migrations.AddField("projectionstate", "priced_version", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("session", "unpriced_answers", models.IntegerField(default=0, db_default=0)),
        migrations.AddField(
            "tokenusage", "cache_creation_1h_input_tokens", models.BigIntegerField(default=0, db_default=0)
        ),
        migrations.AddField("tokenusage", "web_search_requests", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("tokenusage", "speed", models.TextField(default="", db_default="")),
        migrations.AddField("tokenusage", "inference_geo", models.TextField(default="", db_default="")),
        migrations.AddField("tokenusage", "service_tier", models.TextField(default="", db_default="")),
        migrations.AddField("tokenusage", "cost_microdollars", models.BigIntegerField(null=True)),
        migrations.AddField("tokenusage", "price_version", models.BigIntegerField(default=0, db_default=0)),
    ]
