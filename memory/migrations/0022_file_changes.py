"""Changes of files, by which a line is traced to its prompt."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import memory.values.compressed_fields
from events.isolation.migration_operations import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [("memory", "0021_notifications"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            "FileChange",
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
                ("path", models.TextField()),
                ("old_path", models.TextField()),
                ("added", models.IntegerField()),
                ("removed", models.IntegerField()),
                ("line_hashes", memory.values.compressed_fields.CompressedTextField()),
                ("preamble", memory.values.compressed_fields.CompressedTextField()),
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
                    models.Index("user", "path", "at_us", "seq", name="memory_filechange_by_path"),
                    models.Index("user", "at_us", "seq", name="memory_filechange_by_time"),
                    models.Index("user", "session_id", "prompt_seq", name="memory_filechange_by_turn"),
                ]
            },
        ),
        EnableRowSecurity("memory_filechange"),
    ]
