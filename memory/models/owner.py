"""Whose a row is."""

from django.db import models

from accounts.models import User


def owner_foreign_key() -> "models.ForeignKey[User, User]":
    # No foreign key in the database: `ProjectionState` has one, and nothing is derived for whom it has no row.
    return models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
