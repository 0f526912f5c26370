"""The foreign key from a row to its owner."""

from django.db import models

from accounts.models import User


def owner_foreign_key() -> "models.ForeignKey[User, User]":
    # No constraint in the database: `ProjectionState` has one, and a user without that row has no derived rows.
    return models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
