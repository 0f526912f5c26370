"""The names that users give their machines."""

from typing import ClassVar
from uuid import UUID

from django.db import models

from accounts.models.user import User

MAX_CAPTURED_CHARS = 200
MAX_MACHINE_LABEL_CHARS = 60


class MachineNameQuerySet(models.QuerySet["MachineName"]):
    def for_user(self, user_id: UUID) -> "MachineNameQuerySet":
        return self.filter(user_id=user_id)


class MachineName(models.Model):
    """The name under which its owner sees a machine; the log keeps the one that the machine sends."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="machine_names")
    machine = models.CharField(max_length=MAX_CAPTURED_CHARS)
    name = models.CharField(max_length=MAX_MACHINE_LABEL_CHARS)

    objects: ClassVar[models.Manager["MachineName"]] = models.Manager.from_queryset(MachineNameQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "machine", name="accounts_machine_name_once")]

    def __str__(self) -> str:
        return self.name
