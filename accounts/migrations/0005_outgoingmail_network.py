from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_uuids_as_bytes")]

    operations = [
        migrations.AddField(
            model_name="outgoingmail",
            name="network",
            field=models.BinaryField(editable=False, max_length=16, null=True),
        ),
    ]
