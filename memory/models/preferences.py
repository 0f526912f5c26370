"""What the user chose. It is derived from nothing, and no rebuild touches it."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import of_user
from memory.values.compressed_fields import SessionName


class ChoiceQuerySet(ScopedQuerySet["Choice"]):
    pass


class Choice(models.Model):
    """What the user chose for a session: a title, a star."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = of_user()
    session_id = SessionName(max_length=128)
    title = models.TextField(blank=True)
    starred = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Choice"]] = models.Manager.from_queryset(ChoiceQuerySet)()


class MarkQuerySet(ScopedQuerySet["Mark"]):
    pass


class Mark(models.Model):
    """What the user made of one entry of memory: kept at the top, put into other words, or forgotten.

    Its number is that of the entry, which is the number of an event: a rebuild gives it to the same one.
    """

    pk = models.CompositePrimaryKey("user", "seq")
    user = of_user()
    seq = models.BigIntegerField()
    project = models.TextField()
    repo = models.TextField()
    pinned = models.BooleanField(default=False)
    forgotten = models.BooleanField(default=False)
    # The user's own, in place of what was derived; empty if there are none.
    words = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["Mark"]] = models.Manager.from_queryset(MarkQuerySet)()


class NoteQuerySet(ScopedQuerySet["Note"]):
    pass


class Note(models.Model):
    """What the user wrote down for the sessions of a place."""

    pk = models.CompositePrimaryKey("user", "id")
    user = of_user()
    id = models.UUIDField()
    project = models.TextField()
    repo = models.TextField()
    text = models.TextField()
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["Note"]] = models.Manager.from_queryset(NoteQuerySet)()


class AllowanceQuerySet(ScopedQuerySet["Allowance"]):
    pass


class Allowance(models.Model):
    """How many tokens a session that begins in a place is given at most; 0 is none."""

    pk = models.CompositePrimaryKey("user", "place_key")
    user = of_user()
    # A digest: PostgreSQL refuses index entries as long as a path may be.
    place_key = models.BigIntegerField()
    place = models.TextField()
    tokens = models.IntegerField()

    objects: ClassVar[models.Manager["Allowance"]] = models.Manager.from_queryset(AllowanceQuerySet)()


class PreferenceQuerySet(ScopedQuerySet["Preference"]):
    pass


class Preference(models.Model):
    """What the user prefers everywhere; without a row, what the settings say."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # Tools that are not observed, one a line.
    skipped = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Preference"]] = models.Manager.from_queryset(PreferenceQuerySet)()


class FilterQuerySet(ScopedQuerySet["Filter"]):
    pass


class Filter(models.Model):
    """What the user kept of a page's address, under a name."""

    pk = models.CompositePrimaryKey("user", "id")
    user = of_user()
    id = models.UUIDField()
    page = models.CharField(max_length=16)
    name = models.TextField()
    query = models.TextField()
    # The place that it is about, if any: a folder or a repository.
    project = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["Filter"]] = models.Manager.from_queryset(FilterQuerySet)()
