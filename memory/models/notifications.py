"""Models of notifications: the user's rules, where they go, and what waits to be sent. None holds captured text, except
for the name of a machine: a message is written when it is sent.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class NotificationRules(models.Model):
    """The rules for all channels of a user; without a row, the defaults of `memory.notifications.notice_rules`."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    turn_done_minutes = models.IntegerField()
    silent_minutes = models.IntegerField()
    # Names, one a line; empty for all.
    projects = models.TextField(blank=True)
    machines = models.TextField(blank=True)
    # Minutes after midnight in `zone`; null without quiet hours.
    quiet_from = models.SmallIntegerField(null=True)
    quiet_until = models.SmallIntegerField(null=True)
    zone = models.CharField(max_length=64)

    objects: ClassVar = OwnedManager["NotificationRules"]()


class NotificationChannel(models.Model):
    """Where notices go: a browser (`push`), an address of a program (`webhook`), or the user's mailbox (`mail`)."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    kind = models.CharField(max_length=16)
    # Of a webhook: `standard`, `slack`, `discord`, `teams` or `ntfy`. Of mail: `now` or `daily`.
    format = models.CharField(max_length=16, blank=True)
    name = models.TextField()
    # The kinds of notices that it gets, separated by spaces.
    notice_kinds = models.TextField()
    # Whether messages hold commands and texts of sessions.
    with_text = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    # Whether its address may belong to this machine or its network.
    allows_private = models.BooleanField(default=False)
    # Addresses and secrets, as JSON; see `accounts.crypto.encryption`.
    encrypted_target = models.BinaryField()
    created_us = models.BigIntegerField()
    # Failures since the last success, and the last error; empty if there was none since.
    failures = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_sent_us = models.BigIntegerField(null=True)

    objects: ClassVar = OwnedManager["NotificationChannel"]()


class Notice(models.Model):
    """One wait of a session, or one silence of a machine. Its id is computed from its subject."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    kind = models.CharField(max_length=16)
    session_id = SessionIdField(max_length=128, blank=True)
    machine = models.TextField(blank=True)
    # When the session began to wait.
    since_us = models.BigIntegerField()
    # When to send it, and when it went to the channels; null before that.
    due_us = models.BigIntegerField()
    dispatched_us = models.BigIntegerField(null=True)
    # When the user had answered; null while the session waits.
    ended_us = models.BigIntegerField(null=True)

    objects: ClassVar = OwnedManager["Notice"]()

    class Meta:
        indexes: ClassVar = [models.Index("user", condition=Q(ended_us=None), name="memory_notice_open")]


class NoticeDelivery(models.Model):
    """A notice on its way to one channel, or its withdrawal there; then a line of the log of deliveries."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    notice_id = models.UUIDField()
    channel_id = models.UUIDField()
    is_withdrawal = models.BooleanField(default=False)
    created_us = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    # Time of the next attempt; null if there is none.
    next_attempt_us = models.BigIntegerField(null=True)
    # `waiting`, `delivered`, `failed`, `withdrawn`, `limited` or `repeated`.
    outcome = models.CharField(max_length=16)
    # The HTTP status of the last answer, or 0; and why the last attempt failed.
    status = models.IntegerField(default=0)
    failure_reason = models.TextField(blank=True)
    done_us = models.BigIntegerField(null=True)
    # The mail that contains it.
    mail_id = models.UUIDField(null=True)

    objects: ClassVar = OwnedManager["NoticeDelivery"]()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "created_us", name="memory_delivery_by_time"),
            models.Index(
                "user", "next_attempt_us", condition=Q(next_attempt_us__isnull=False), name="memory_delivery_due"
            ),
        ]
