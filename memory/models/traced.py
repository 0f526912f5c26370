"""Models of derived rows that connect a file or a commit with the prompt behind it."""

from typing import ClassVar

from django.db import models
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import CompressedTextField, SessionIdField


class FileChangeQuerySet(ScopedQuerySet["FileChange"]):
    def newest_first(self) -> "FileChangeQuerySet":
        return self.order_by("-at_us", "-seq", "-ordinal")

    def moves(self) -> "FileChangeQuerySet":
        """Selects moves by a constant: SQLite compares no parameter with the condition of an index."""
        return self.filter(RawSQL("kind = 'move'", (), output_field=BooleanField()))


class FileChange(models.Model):
    """A change of one file; see `memory.rules.changes.path_changes.FileChange`. `seq` is the event that reported it."""

    pk = models.CompositePrimaryKey("user", "seq", "ordinal")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    ordinal = models.SmallIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    prompt_seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=16)
    path = models.TextField()
    old_path = models.TextField()
    added = models.IntegerField()
    removed = models.IntegerField()
    line_hashes = CompressedTextField()
    preamble = CompressedTextField()
    project = models.TextField()
    repo = models.TextField()
    whole_path = models.TextField(default="", db_default="")

    objects: ClassVar[models.Manager["FileChange"]] = models.Manager.from_queryset(FileChangeQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "path", "at_us", "seq", name="memory_filechange_by_path"),
            models.Index("user", "at_us", "seq", name="memory_filechange_by_time"),
            models.Index("user", "session_id", "prompt_seq", name="memory_filechange_by_turn"),
            models.Index("user", "path", "at_us", "seq", condition=Q(kind="move"), name="memory_filechange_moves"),
        ]


class GitActQuerySet(ScopedQuerySet["GitAct"]):
    def newest_first(self) -> "GitActQuerySet":
        return self.order_by("-at_us", "-seq", "-ordinal")


class GitAct(models.Model):
    """A commit, a push or a pull request; see `memory.rules.changes.git_acts.GitAct`. `seq` is its event."""

    pk = models.CompositePrimaryKey("user", "seq", "ordinal")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    ordinal = models.SmallIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    prompt_seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=16)
    hash = models.CharField(max_length=64)
    old_hash = models.CharField(max_length=64)
    branch = models.TextField()
    subject = CompressedTextField()
    url = models.TextField()
    paths = CompressedTextField()
    project = models.TextField()
    repo = models.TextField()

    objects: ClassVar[models.Manager["GitAct"]] = models.Manager.from_queryset(GitActQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "hash", name="memory_gitact_by_hash"),
            models.Index("user", "at_us", "seq", name="memory_gitact_by_time"),
            models.Index("user", "session_id", "at_us", name="memory_gitact_by_session"),
        ]
