"""Prices that users set for models."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from events.isolation.migration_operations import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [("memory", "0016_prices"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            "OwnPrice",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=128)),
                ("alias", models.CharField(blank=True, max_length=128)),
                ("input", models.BigIntegerField(null=True)),
                ("output", models.BigIntegerField(null=True)),
                ("cache_write", models.BigIntegerField(null=True)),
                ("cache_write_1h", models.BigIntegerField(null=True)),
                ("cache_read", models.BigIntegerField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        EnableRowSecurity("memory_ownprice"),
    ]
