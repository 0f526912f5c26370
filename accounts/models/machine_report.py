"""What machines report of their clients."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from accounts.models.user import User

MAX_MACHINE_NAME_CHARS = 200
MAX_VERSION_CHARS = 40


class MachineReportQuerySet(models.QuerySet["MachineReport"]):
    def for_user(self, user_id: UUID) -> "MachineReportQuerySet":
        return self.filter(user_id=user_id)


class MachineReport(models.Model):
    """The latest report of a machine: see `accounts.machines.machine_reports`. It holds names, versions and counts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="machine_reports")
    name = models.CharField(max_length=MAX_MACHINE_NAME_CHARS)
    # The token that the report came with; it may be revoked by now.
    token_id = models.UUIDField(null=True)
    version = models.CharField(max_length=MAX_VERSION_CHARS)
    # Distinguishes the builds of a version; empty for a client that no server served.
    build = models.CharField(max_length=MAX_VERSION_CHARS)
    # Events that wait on the machine, since when the oldest does, and events that the server refused.
    waiting = models.IntegerField()
    waiting_since = models.DateTimeField(null=True)
    refused = models.IntegerField()
    reported_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["MachineReport"]] = models.Manager.from_queryset(MachineReportQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "name", name="accounts_machine_once")]

    def __str__(self) -> str:
        return self.name
