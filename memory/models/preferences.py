"""Models of user preferences. They are not derived from the log, and a rebuild keeps them."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class SessionPreference(models.Model):
    """A user's preferences for a session: a title, a star."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    title = models.TextField(blank=True)
    starred = models.BooleanField(default=False)

    objects: ClassVar = OwnedManager["SessionPreference"]()


class Annotation(models.Model):
    """A user's annotation of an entry of memory: pinned, reworded or forgotten.

    `seq` is that of the entry, which is an event number: after a rebuild the same entry has the same number.
    """

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    project = models.TextField()
    repo = models.TextField()
    pinned = models.BooleanField(default=False)
    forgotten = models.BooleanField(default=False)
    # Text by the user that replaces the derived text; empty if there is none.
    replacement_text = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar = OwnedManager["Annotation"]()


class Note(models.Model):
    """A note by the user for the sessions of a location."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    project = models.TextField()
    repo = models.TextField()
    text = models.TextField()
    at_us = models.BigIntegerField()

    objects: ClassVar = OwnedManager["Note"]()


class ContextBudget(models.Model):
    """The maximum number of tokens for the context of a new session in a location; 0 means no context."""

    pk = models.CompositePrimaryKey("user", "location_key")
    user = owner_foreign_key()
    # A digest, because PostgreSQL rejects index entries as long as a path may be.
    location_key = models.BigIntegerField()
    location = models.TextField()
    tokens = models.IntegerField()

    objects: ClassVar = OwnedManager["ContextBudget"]()


class MemoryPreference(models.Model):
    """A user's preferences for all projects; without a row, the server's settings apply."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # Names of tools without observations, one per line.
    excluded_tools = models.TextField(blank=True)

    objects: ClassVar = OwnedManager["MemoryPreference"]()


class SavedFilter(models.Model):
    """The query of a page's URL, stored under a name."""

    pk = models.CompositePrimaryKey("user", "id")
    user = owner_foreign_key()
    id = models.UUIDField()
    page = models.CharField(max_length=16)
    name = models.TextField()
    query = models.TextField()
    # The folder or repository in the filter, if any.
    project = models.TextField(blank=True)
    at_us = models.BigIntegerField()

    objects: ClassVar = OwnedManager["SavedFilter"]()


class OwnPrice(models.Model):
    """A price that the user set for models of a name, or the name of a model that costs as much.

    Prices are millionths of a US dollar per million tokens; see `memory.values.price_table.OwnPrice`.
    """

    pk = models.CompositePrimaryKey("user", "name")
    user = owner_foreign_key()
    name = models.CharField(max_length=128)
    alias = models.CharField(max_length=128, blank=True)
    input = models.BigIntegerField(null=True)
    output = models.BigIntegerField(null=True)
    cache_write = models.BigIntegerField(null=True)
    cache_write_1h = models.BigIntegerField(null=True)
    cache_read = models.BigIntegerField(null=True)

    objects: ClassVar = OwnedManager["OwnPrice"]()
