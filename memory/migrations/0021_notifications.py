"""Rules, channels and the outbox of notifications."""

import django.db.models.deletion
import memory.values.compressed_fields
from django.conf import settings
from django.db import migrations, models

from events.isolation.migration_operations import EnableRowSecurity


class Migration(migrations.Migration):

    dependencies = [
        ('memory', '0020_asks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NotificationRules',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('turn_done_minutes', models.IntegerField()),
                ('silent_minutes', models.IntegerField()),
                ('projects', models.TextField(blank=True)),
                ('machines', models.TextField(blank=True)),
                ('quiet_from', models.SmallIntegerField(null=True)),
                ('quiet_until', models.SmallIntegerField(null=True)),
                ('zone', models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name='projectionstate',
            name='notices_due_us',
            field=models.BigIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='NotificationChannel',
            fields=[
                ('pk', models.CompositePrimaryKey('user', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('format', models.CharField(blank=True, max_length=16)),
                ('name', models.TextField()),
                ('notice_kinds', models.TextField()),
                ('with_text', models.BooleanField(default=False)),
                ('enabled', models.BooleanField(default=True)),
                ('allows_private', models.BooleanField(default=False)),
                ('encrypted_target', models.BinaryField()),
                ('created_us', models.BigIntegerField()),
                ('failures', models.IntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
                ('last_sent_us', models.BigIntegerField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('pk', models.CompositePrimaryKey('user', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField()),
                ('kind', models.CharField(max_length=16)),
                ('session_id', memory.values.compressed_fields.SessionIdField(blank=True, max_length=128)),
                ('machine', models.TextField(blank=True)),
                ('since_us', models.BigIntegerField()),
                ('due_us', models.BigIntegerField()),
                ('dispatched_us', models.BigIntegerField(null=True)),
                ('ended_us', models.BigIntegerField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(models.F('user'), condition=models.Q(('ended_us', None)), name='memory_notice_open')],
            },
        ),
        migrations.CreateModel(
            name='NoticeDelivery',
            fields=[
                ('pk', models.CompositePrimaryKey('user', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField()),
                ('notice_id', models.UUIDField()),
                ('channel_id', models.UUIDField()),
                ('is_withdrawal', models.BooleanField(default=False)),
                ('created_us', models.BigIntegerField()),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_us', models.BigIntegerField(null=True)),
                ('outcome', models.CharField(max_length=16)),
                ('status', models.IntegerField(default=0)),
                ('failure_reason', models.TextField(blank=True)),
                ('done_us', models.BigIntegerField(null=True)),
                ('mail_id', models.UUIDField(null=True)),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(models.F('user'), models.F('created_us'), name='memory_delivery_by_time'), models.Index(models.F('user'), models.F('next_attempt_us'), condition=models.Q(('next_attempt_us__isnull', False)), name='memory_delivery_due')],
            },
        ),
        EnableRowSecurity(
            'memory_notificationrules', 'memory_notificationchannel', 'memory_notice', 'memory_noticedelivery'
        ),
    ]
