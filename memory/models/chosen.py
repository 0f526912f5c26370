"""What the user chose. It is derived from nothing, and no rebuild touches it."""

from typing import ClassVar

from django.db import models

from events.scoped import ScopedQuerySet
from memory.models.owner import of_user


class ChoiceQuerySet(ScopedQuerySet["Choice"]):
    pass


class Choice(models.Model):
    """What the user chose for a session: a title, a star."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = of_user()
    session_id = models.CharField(max_length=128)
    title = models.TextField(blank=True)
    starred = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Choice"]] = models.Manager.from_queryset(ChoiceQuerySet)()
