"""Models of sync links and their state.

They hold no captured data except a project's name and the remote server's messages about rejected events.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager


class SyncLink(models.Model):
    """The sync link of a user: at most one, and none before the user opts in."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # New for each opt-in, so that a run that started with an earlier link ends.
    link_id = models.UUIDField(default=uuid4)
    url = models.TextField()
    encrypted_token = models.BinaryField()  # see `accounts.crypto.encryption`
    project = models.TextField(blank=True)
    insecure = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    # The account on the remote server.
    remote_user_id = models.UUIDField()
    # False after the remote server rejected a deletion: deletions then stay local.
    may_delete = models.BooleanField(default=True)

    # The remote log contains the local log up to `pushed_seq`; the local log contains the remote log up to `cursor`.
    pushed_seq = models.BigIntegerField(default=0)
    cursor = models.TextField(blank=True)
    row_digest = models.TextField(blank=True)
    checkpoints = models.JSONField(default=list)  # see `sync.checkpoints`

    sent = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    deleted_remotely = models.BigIntegerField(default=0)
    deleted_locally = models.BigIntegerField(default=0)
    # How often the remote log no longer contained the row at the cursor.
    rewinds = models.PositiveIntegerField(default=0)

    last_run_at = models.DateTimeField(null=True)
    last_synced_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    # Waits for the user, because a retry cannot succeed.
    halted = models.BooleanField(default=False)


class SyncedRange(models.Model):
    """The numbers `first` to `last` of a log that came from the remote server and need not be sent back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()

    objects: ClassVar = OwnedManager["SyncedRange"]()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "last", name="sync_stretch_once")]


class RejectedEvent(models.Model):
    """An event that one server rejected. Sync continues without it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    event_id = models.CharField(max_length=64)
    # True: the remote server rejected it in a push. False: this server rejected it in a pull.
    was_push = models.BooleanField()
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar = OwnedManager["RejectedEvent"]()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "event_id", "was_push", name="sync_refusal_once")]
