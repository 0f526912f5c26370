"""The paths of edited files as the host named them, by which a session tells its files apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0029_change_indexes")]
    operations = [migrations.AddField("filechange", "whole_path", models.TextField(default="", db_default=""))]
