"""Two kinds of mail. It changes nothing in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_standard_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outgoingmail',
            name='kind',
            field=models.CharField(choices=[('verify', 'Verify'), ('already_registered', 'Already Registered'), ('reset', 'Reset'), ('password_changed', 'Password Changed'), ('new_sign_in', 'New Sign In'), ('new_email', 'New Email'), ('email_changing', 'Email Changing'), ('email_changed', 'Email Changed'), ('two_factor_on', 'Two Factor On'), ('two_factor_off', 'Two Factor Off'), ('notice', 'Notice'), ('notice_digest', 'Notice Digest'), ('nothing', 'Decoy')], max_length=30),
        ),
    ]
