"""The runs that make backups, and what is known of each backup."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class RunState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunQuerySet(models.QuerySet["Run"]):
    def verified(self) -> "RunQuerySet":
        """Backups that are in the store and verify, the newest first."""
        return self.filter(state=RunState.DONE, verified_at__isnull=False, deleted_at=None).order_by("-made_at")

    def alive(self) -> "RunQuerySet":
        return self.filter(state=RunState.RUNNING, next_attempt_at__gt=timezone.now())


class Run(models.Model):
    """One backup, from when it is begun until it is gone. Of two schedulers, one finds the night taken."""

    # The night it is for; null for one made by hand.
    night = models.DateField(null=True, unique=True)
    # Of the try that is under way, or of the one that succeeded.
    name = models.CharField(max_length=40, unique=True, null=True)
    # Of the tries before it: what they left in the store is ours to clear away.
    previous_names = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.RUNNING)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # While it runs this is moved on; whoever dies is followed by the next try. Null when nothing is left to do.
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    # What `backups.backup_errors` says, which holds no content.
    error = models.CharField(max_length=300, blank=True)
    # What the manifest says.
    made_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(null=True)
    sealed_bytes = models.BigIntegerField(null=True)
    # When the sealed dump was last read and was what the manifest says; null once it was not.
    verified_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    # The last rehearsal of its restore, as it was recorded beside the manifest.
    rehearsed_at = models.DateTimeField(null=True)
    rehearsed_well = models.BooleanField(null=True)

    objects: ClassVar[models.Manager["Run"]] = models.Manager.from_queryset(RunQuerySet)()

    def __str__(self) -> str:
        return self.name or f"night of {self.night}"


class Alarm(models.Model):
    """An alarm that rings: operators are told of it once a day."""

    kind = models.CharField(max_length=20, primary_key=True)
    last_notified_at = models.DateTimeField()
