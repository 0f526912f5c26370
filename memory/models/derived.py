"""What is derived from the log: all of it can be thrown away and made again.

Times are microseconds since 1970, as in the log. The columns of `Session` are the fields of
`memory.rules.session_fold.SessionFold`.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values import session_states
from memory.values.compressed_fields import CompressedTextField, SessionIdField
from memory.values.page_filter import PageFilter


class ProjectionState(models.Model):
    """How far a user's log has been read, and by which version of the rules. It holds nothing of what was captured."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    cursor = models.BigIntegerField(default=0)
    rules_version = models.IntegerField(default=0)
    # Whether everything up to there is derived: nothing is left to mend.
    is_complete = models.BooleanField(default=True)
    # Whether it was told of deletions since: what was chosen for what is gone goes too.
    has_unseen_deletions = models.BooleanField(default=False)
    # Whether a model may be asked: see `memory.llm.llm_settings`.
    llm_enabled = models.BooleanField(default=False)
    # How often it was begun anew: whoever still derives by earlier rules may not write.
    generation = models.IntegerField(default=0)


class SessionQuerySet(ScopedQuerySet["Session"]):
    def newest_first(self) -> "SessionQuerySet":
        return self.order_by("-last_us", "-session_id")

    def in_project(self, name: str) -> "SessionQuerySet":
        """Sessions of this folder or this repository."""
        return self.filter(Q(project=name) | Q(repo=name))

    def matching(self, page_filter: PageFilter) -> "SessionQuerySet":
        """Sessions of a project and on a machine in which something may have happened within a stretch of time."""
        rows = self.in_project(page_filter.project) if page_filter.project else self
        if page_filter.machine:
            rows = rows.filter(machine=page_filter.machine)
        if page_filter.since_us is not None:
            rows = rows.filter(last_us__gte=page_filter.since_us)
        return rows if page_filter.until_us is None else rows.filter(started_us__lt=page_filter.until_us)

    def in_state(self, state: str, now_us: int) -> "SessionQuerySet":
        """Sessions that read as being in this state now, as `session_states.current_state` tells it of one."""
        silent = Q()
        for quiet_state, timeout_us in session_states.SILENCE_TIMEOUTS_US.items():
            silent |= Q(state=quiet_state, last_us__lt=now_us - timeout_us)
        stale = silent & (
            ~Q(state=session_states.WORKING)
            | Q(current_tool="")
            | Q(last_us__lt=now_us - session_states.BUSY_TIMEOUT_US)
        )
        return self.filter(stale if state == session_states.STALE else Q(state=state) & ~stale)


class Session(models.Model):
    """A session of Claude Code, by the name that it has there."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    # Events came that are older than what was read before: it is to be made anew, see
    # `memory.projection.session_rebuild`.
    needs_rebuild = models.BooleanField(default=False)

    project = models.TextField()
    repo = models.TextField()
    branch = models.TextField()
    machine = models.TextField()
    source = models.TextField()
    model = models.TextField()

    state = models.CharField(max_length=16)
    reason = models.TextField()
    message = models.TextField()
    state_us = models.BigIntegerField()
    started_us = models.BigIntegerField()
    last_us = models.BigIntegerField()
    ended_us = models.BigIntegerField(null=True)

    title = models.TextField()
    last_prompt = models.TextField()
    current_tool = models.TextField()
    current_tool_since_us = models.BigIntegerField(null=True)

    prompts = models.IntegerField()
    tools = models.IntegerField()
    failures = models.IntegerField()
    subagents = models.IntegerField()
    compactions = models.IntegerField()

    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cache_creation_input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    # What the rules must remember from one event to the next.
    fold_state = models.TextField()

    objects: ClassVar[models.Manager["Session"]] = models.Manager.from_queryset(SessionQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "last_us", "session_id", name="memory_session_by_time"),
            models.Index("user", condition=Q(needs_rebuild=True), name="memory_session_torn"),
        ]


class SessionEventQuerySet(ScopedQuerySet["SessionEvent"]):
    def in_order(self) -> "SessionEventQuerySet":
        return self.order_by("at_us", "seq")

    def later_than(self, at_us: int, seq: int) -> "SessionEventQuerySet":
        return self.filter(Q(at_us__gt=at_us) | Q(at_us=at_us, seq__gt=seq), at_us__gte=at_us)


class SessionEvent(models.Model):
    """Where an event stands in its session."""

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    # When it happened, as far as that can be: no later than it came.
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["SessionEvent"]] = models.Manager.from_queryset(SessionEventQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_moment_in_order")]


class PromptQuerySet(ScopedQuerySet["Prompt"]):
    def in_order(self) -> "PromptQuerySet":
        return self.order_by("at_us", "seq")


class Prompt(models.Model):
    """What was submitted as a prompt; `by_person` is false where a background task reported its end that way."""

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    # Counted within the session from 1, for those by a person; 0 for the others.
    number = models.IntegerField()
    by_person = models.BooleanField()
    text = CompressedTextField()

    project = models.TextField(default="")
    repo = models.TextField(default="")

    objects: ClassVar[models.Manager["Prompt"]] = models.Manager.from_queryset(PromptQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_prompt_in_order")]


class ObservationQuerySet(ScopedQuerySet["Observation"]):
    pass


class Observation(models.Model):
    """One notable act; see `memory.rules.observations.Observation`. Its number is that of the event that ended it."""

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    type = models.CharField(max_length=16)
    tool = models.TextField()
    title = models.TextField()
    outcome = models.TextField()
    failed = models.BooleanField()
    agent = models.TextField()
    trust = models.CharField(max_length=16)
    files_read = models.TextField()
    files_modified = models.TextField()
    stored_text = CompressedTextField()
    tokens = models.IntegerField()
    start_seq = models.BigIntegerField(null=True)
    fixes_seq = models.BigIntegerField(null=True)
    project = models.TextField()
    repo = models.TextField()

    objects: ClassVar[models.Manager["Observation"]] = models.Manager.from_queryset(ObservationQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_observation_in_order")]


class SummaryQuerySet(ScopedQuerySet["Summary"]):
    pass


class Summary(models.Model):
    """What a turn came to; see `memory.rules.turn_summary.Summary`. Its number is that of the event that ended the
    turn.
    """

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    request = CompressedTextField()
    investigated = CompressedTextField()
    learned = CompressedTextField()
    completed = CompressedTextField()
    next_steps = CompressedTextField()
    notes = CompressedTextField()
    closing = CompressedTextField()
    tokens = models.IntegerField()
    project = models.TextField()
    repo = models.TextField()

    objects: ClassVar[models.Manager["Summary"]] = models.Manager.from_queryset(SummaryQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_summary_in_order")]


class SearchDocumentQuerySet(ScopedQuerySet["SearchDocument"]):
    pass


class SearchDocument(models.Model):
    """What a prompt, an observation or a summary is found by; see `memory.rules.search_documents` and
    `memory.search.document_index`.

    Behind row-level security as all others; on PostgreSQL the words are sought in `memory_terms`. Its number is that
    of the row it stands for.
    """

    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    type = models.CharField(max_length=16)
    # Digests of the folder and the repository.
    project_key = models.BigIntegerField()
    repo_key = models.BigIntegerField()
    terms = CompressedTextField()

    objects: ClassVar[models.Manager["SearchDocument"]] = models.Manager.from_queryset(SearchDocumentQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "seq", name="memory_document_once")]
        indexes: ClassVar = [
            models.Index("user", "project_key", "at_us", "seq", name="memory_document_of_project"),
            models.Index("user", "repo_key", "at_us", "seq", name="memory_document_of_repo"),
        ]


class TokenUsageQuerySet(ScopedQuerySet["TokenUsage"]):
    pass


class TokenUsage(models.Model):
    """What one message of the model used, in tokens. It may be told several times, and grows; the most counts."""

    pk = models.CompositePrimaryKey("user", "session_id", "message_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    message_id = models.CharField(max_length=128)
    at_us = models.BigIntegerField()
    model = models.TextField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cache_creation_input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()

    objects: ClassVar[models.Manager["TokenUsage"]] = models.Manager.from_queryset(TokenUsageQuerySet)()
