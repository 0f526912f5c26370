"""Sessions keep what they wait for, and what their current tool is about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0019_automated_index")]
    operations = [
        # With defaults in the database, for servers of the previous release.
        migrations.AddField("session", "current_target", models.TextField(default="", db_default="")),
        migrations.AddField("session", "ask_tool", models.TextField(default="", db_default="")),
        migrations.AddField("session", "ask", models.TextField(default="", db_default="")),
        migrations.AddField("session", "ask_choices", models.TextField(default="", db_default="")),
    ]
