"""The record of operator actions."""

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class OperatorAction(models.Model):
    """An action of an operator on a user. The row outlives both accounts and then keeps only their ids."""

    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    operator = models.ForeignKey(User, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+")
    model = models.CharField(max_length=40)
    action = models.CharField(max_length=200)
    target_user = models.ForeignKey(User, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.action} {self.at:%Y-%m-%d %H:%M}"
