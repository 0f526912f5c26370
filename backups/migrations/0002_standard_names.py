"""Columns get the names of the glossary."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("backups", "0001_initial")]
    operations = [
        migrations.RenameField("run", "tried", "previous_names"),
        migrations.RenameField("run", "tries", "attempts"),
        migrations.RenameField("run", "next_try_at", "next_attempt_at"),
        migrations.RenameField("run", "gone_at", "deleted_at"),
        migrations.RenameField("alarm", "told_at", "last_notified_at"),
    ]
