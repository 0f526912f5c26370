"""Backup runs, with the verified state of each backup, and alarms."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunQuerySet(models.QuerySet["Run"]):
    def verified(self) -> "RunQuerySet":
        """Returns the backups that are in the store and verify, newest first."""
        return self.filter(state=RunState.DONE, verified_at__isnull=False, deleted_at=None).order_by("-made_at")

    def alive(self) -> "RunQuerySet":
        return self.filter(state=RunState.RUNNING, next_attempt_at__gt=timezone.now())


class Run(models.Model):
    """One backup, from its start until it is deleted. Of two schedulers, only one can claim a night."""

    # The night of the run; null for a manual run.
    night = models.DateField(null=True, unique=True)
    # The name of the running or the successful attempt.
    name = models.CharField(max_length=40, unique=True, null=True)
    # The names of earlier attempts, whose leftovers in the store are ours to delete.
    previous_names = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.RUNNING)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # A running process renews this time; if the process dies, the next attempt follows. Null when no attempt is left.
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    # A message from `backups.backup_errors` or the name of an exception: no content of the database.
    error = models.CharField(max_length=300, blank=True)
    # Copied from the manifest.
    made_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(null=True)
    sealed_bytes = models.BigIntegerField(null=True)
    # When the encrypted dump last matched the manifest; null after it did not match.
    verified_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # The last rehearsal of its restore, from the record beside the manifest.
    rehearsed_at = models.DateTimeField(null=True)
    rehearsed_well = models.BooleanField(null=True)

    objects: ClassVar[models.Manager["Run"]] = models.Manager.from_queryset(RunQuerySet)()

    def __str__(self) -> str:
        return self.name or f"night of {self.night}"


class Alarm(models.Model):
    """An active alarm. Operators are notified of it once a day."""

    kind = models.CharField(max_length=20, primary_key=True)
    last_notified_at = models.DateTimeField()
