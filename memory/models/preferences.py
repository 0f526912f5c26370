"""What the user chose. It is derived from nothing, and no rebuild touches it."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class SessionPreferenceQuerySet(ScopedQuerySet["SessionPreference"]):
    pass


class SessionPreference(models.Model):
    """What the user chose for a session: a title, a star."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    title = models.TextField(blank=True)
    starred = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["SessionPreference"]] = models.Manager.from_queryset(SessionPreferenceQuerySet)()


class AnnotationQuerySet(ScopedQuerySet["Annotation"]):
    pass


class Annotation(models.Model):
    """What the user made of one entry of memory: kept at the top, put into other words, or forgotten.

    Its number is that of the entry, which is the number of an event: a rebuild gives it to the same one.
    """

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    project = models.TextField()
    repo = models.TextField()
    pinned = models.BooleanField(default=False)
    forgotten = models.BooleanField(default=False)
    # The user's own, in place of what was derived; empty if there are none.
    replacement_text = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["Annotation"]] = models.Manager.from_queryset(AnnotationQuerySet)()


class NoteQuerySet(ScopedQuerySet["Note"]):
    pass


class Note(models.Model):
    """What the user wrote down for the sessions of a place."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    project = models.TextField()
    repo = models.TextField()
    text = models.TextField()
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["Note"]] = models.Manager.from_queryset(NoteQuerySet)()


class ContextBudgetQuerySet(ScopedQuerySet["ContextBudget"]):
    pass


class ContextBudget(models.Model):
    """How many tokens a session that begins in a place is given at most; 0 is none."""

    pk = models.CompositePrimaryKey("user", "location_key")
    user = owner_foreign_key()
    # A digest: PostgreSQL refuses index entries as long as a path may be.
    location_key = models.BigIntegerField()
    location = models.TextField()
    tokens = models.IntegerField()

    objects: ClassVar[models.Manager["ContextBudget"]] = models.Manager.from_queryset(ContextBudgetQuerySet)()


class MemoryPreferenceQuerySet(ScopedQuerySet["MemoryPreference"]):
    pass


class MemoryPreference(models.Model):
    """What the user prefers everywhere; without a row, what the settings say."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # Tools that are not observed, one a line.
    excluded_tools = models.TextField(blank=True)

    objects: ClassVar[models.Manager["MemoryPreference"]] = models.Manager.from_queryset(MemoryPreferenceQuerySet)()


class SavedFilterQuerySet(ScopedQuerySet["SavedFilter"]):
    pass


class SavedFilter(models.Model):
    """What the user kept of a page's address, under a name."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    page = models.CharField(max_length=16)
    name = models.TextField()
    query = models.TextField()
    # The place that it is about, if any: a folder or a repository.
    project = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["SavedFilter"]] = models.Manager.from_queryset(SavedFilterQuerySet)()
