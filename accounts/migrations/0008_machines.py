"""Reports of machines, revoked tokens that can be restored, and one kind of mail."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_notice_mail'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outgoingmail',
            name='kind',
            field=models.CharField(choices=[('verify', 'Verify'), ('already_registered', 'Already Registered'), ('reset', 'Reset'), ('password_changed', 'Password Changed'), ('new_sign_in', 'New Sign In'), ('new_email', 'New Email'), ('email_changing', 'Email Changing'), ('email_changed', 'Email Changed'), ('two_factor_on', 'Two Factor On'), ('two_factor_off', 'Two Factor Off'), ('connect', 'Connect'), ('notice', 'Notice'), ('notice_digest', 'Notice Digest'), ('nothing', 'Decoy')], max_length=30),
        ),
        migrations.CreateModel(
            name='RevokedToken',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('scope', models.CharField(choices=[('capture', 'Capture'), ('full', 'Full'), ('sync', 'Sync')], max_length=10)),
                ('created_at', models.DateTimeField(editable=False)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('client', models.CharField(editable=False, max_length=100, null=True)),
                ('revoked_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revoked_tokens', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='MachineReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('token_id', models.UUIDField(null=True)),
                ('version', models.CharField(max_length=40)),
                ('build', models.CharField(max_length=40)),
                ('waiting', models.IntegerField()),
                ('waiting_since', models.DateTimeField(null=True)),
                ('refused', models.IntegerField()),
                ('reported_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='machine_reports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('user'), models.F('name'), name='accounts_machine_once')],
            },
        ),
    ]
