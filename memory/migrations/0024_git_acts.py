"""Commits, pushes and pull requests of sessions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import memory.values.compressed_fields
from events.isolation.migration_operations import EnableRowSecurity
from memory.projection.rebuild_operation import RebuildAfterReverse


class Migration(migrations.Migration):
    dependencies = [("memory", "0023_turn_totals"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            "GitAct",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user", "seq", "ordinal", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("ordinal", models.SmallIntegerField()),
                ("session_id", memory.values.compressed_fields.SessionIdField(max_length=128)),
                ("at_us", models.BigIntegerField()),
                ("prompt_seq", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=16)),
                ("hash", models.CharField(max_length=64)),
                ("old_hash", models.CharField(max_length=64)),
                ("branch", models.TextField()),
                ("subject", memory.values.compressed_fields.CompressedTextField()),
                ("url", models.TextField()),
                ("paths", memory.values.compressed_fields.CompressedTextField()),
                ("project", models.TextField()),
                ("repo", models.TextField()),
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
            options={
                "indexes": [
                    models.Index("user", "hash", name="memory_gitact_by_hash"),
                    models.Index("user", "at_us", "seq", name="memory_gitact_by_time"),
                    models.Index("user", "session_id", "at_us", name="memory_gitact_by_session"),
                ]
            },
        ),
        EnableRowSecurity("memory_gitact"),
        RebuildAfterReverse(),
    ]
