"""Models of derived rows: a rebuild makes all of them again from the log.

Times are microseconds since 1970, as in the log. The columns of `Session` are the fields of its `SessionFold`.
"""

from collections.abc import Collection
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager, ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values import session_states
from memory.values.compressed_fields import CompressedTextField, SessionIdField
from memory.values.page_filter import PageFilter


class ProjectionState(models.Model):
    """How far a user's log was projected, and by which version of the rules. It contains no captured data."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    cursor = models.BigIntegerField(default=0)
    rules_version = models.IntegerField(default=0)
    # Whether all derived rows up to `cursor` are written: no session needs a rebuild.
    is_complete = models.BooleanField(default=True)
    # Whether the projector read tombstones since the last complete projection. The preferences of deleted rows are then
    # deleted too.
    has_unseen_deletions = models.BooleanField(default=False)
    # Whether the optional model is enabled: see `memory.llm.llm_settings`.
    llm_enabled = models.BooleanField(default=False)
    # When to look for notices next (`memory.notifications.notice_outbox`); null if the user has no channel for them.
    notices_due_us = models.BigIntegerField(null=True)
    # The number of resets: a projector that read an earlier generation must not write.
    generation = models.IntegerField(default=0)
    # The cursor of the last refresh of the totals (`memory.projection.totals_queue`), and when a worker began one.
    totals_cursor = models.BigIntegerField(default=0, db_default=0)
    totals_us = models.BigIntegerField(default=0, db_default=0)
    # How often the user changed their own prices, and the version of prices by which all costs are computed
    # (`memory.projection.repricing`).
    price_revision = models.IntegerField(default=0, db_default=0)
    priced_version = models.BigIntegerField(default=0, db_default=0)


class SessionQuerySet(ScopedQuerySet["Session"]):
    def newest_first(self) -> "SessionQuerySet":
        return self.order_by("-last_us", "-session_id")

    def in_project(self, names: Collection[str]) -> "SessionQuerySet":
        """Selects the sessions of a folder or a repository, by all of its names."""
        return self.filter(Q(project__in=names) | Q(repo__in=names))

    def matching(self, page_filter: PageFilter) -> "SessionQuerySet":
        """Selects the sessions of the filter's project and machine whose time range overlaps the filter's."""
        rows = self.in_project(page_filter.project_names) if page_filter.project else self
        if page_filter.machine:
            rows = rows.filter(machine=page_filter.machine)
        if page_filter.automated is not None:
            rows = rows.filter(automated=page_filter.automated)
        if page_filter.since_us is not None:
            rows = rows.filter(last_us__gte=page_filter.since_us)
        return rows if page_filter.until_us is None else rows.filter(started_us__lt=page_filter.until_us)

    def used(self) -> "SessionQuerySet":
        """Leaves out the sessions in which nothing happened between their start and their end."""
        unused = Q(state=session_states.ENDED, prompts=0, tools=0, title="", last_prompt="", output_tokens=0)
        return self.exclude(Q(state=session_states.IDLE) | unused)

    def in_state(self, state: str, now_us: int) -> "SessionQuerySet":
        """Selects the sessions whose current state is `state`; the rule is that of `session_states.current_state`."""
        silent = Q()
        for quiet_state, timeout_us in session_states.SILENCE_TIMEOUTS_US.items():
            silent |= Q(state=quiet_state, last_us__lt=now_us - timeout_us)
        stale = silent & (
            ~Q(state=session_states.WORKING)
            | (Q(current_tool="") & ~Q(reason=session_states.BACKGROUND))
            | Q(last_us__lt=now_us - session_states.BUSY_TIMEOUT_US)
        )
        return self.filter(stale if state == session_states.STALE else Q(state=state) & ~stale)


class Session(models.Model):
    """A session, under the id that Claude Code gives it. `memory.rules.asks` reads what it asks."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    # Set if events arrived late or were deleted: the session must be projected again from all of its events, see
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
    resumed_us = models.BigIntegerField(null=True)
    automated = models.BooleanField(default=False, db_default=False)

    title = models.TextField()
    last_prompt = models.TextField()
    current_tool = models.TextField()
    current_target = models.TextField(default="", db_default="")
    ask_tool = models.TextField(default="", db_default="")
    ask = models.TextField(default="", db_default="")
    ask_choices = models.TextField(default="", db_default="")
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
    unpriced_answers = models.IntegerField(default=0, db_default=0)

    # The state that the fold needs for the next event, as JSON.
    fold_state = models.TextField()

    objects: ClassVar[models.Manager["Session"]] = models.Manager.from_queryset(SessionQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "last_us", "session_id", name="memory_session_by_time"),
            models.Index("user", condition=Q(needs_rebuild=True), name="memory_session_torn"),
            models.Index("user", "session_id", condition=Q(automated=True), name="memory_session_automated"),
            models.Index("user", "resumed_us", condition=Q(resumed_us__isnull=False), name="memory_session_resumed"),
        ]


class SessionEventQuerySet(ScopedQuerySet["SessionEvent"]):
    def in_order(self) -> "SessionEventQuerySet":
        return self.order_by("at_us", "seq")

    def later_than(self, at_us: int, seq: int) -> "SessionEventQuerySet":
        return self.filter(Q(at_us__gt=at_us) | Q(at_us=at_us, seq__gt=seq), at_us__gte=at_us)


class SessionEvent(models.Model):
    """The position of an event in its session."""

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    # Event time, clamped to arrival time.
    at_us = models.BigIntegerField()

    objects: ClassVar[models.Manager["SessionEvent"]] = models.Manager.from_queryset(SessionEventQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_moment_in_order")]


class PromptQuerySet(ScopedQuerySet["Prompt"]):
    def in_order(self) -> "PromptQuerySet":
        return self.order_by("at_us", "seq")


class Prompt(models.Model):
    """A submitted prompt. `by_person` is false for the report of a background task, which arrives as a prompt."""

    pk = models.CompositePrimaryKey("user", "seq")
    user = owner_foreign_key()
    seq = models.BigIntegerField()
    session_id = SessionIdField(max_length=128)
    at_us = models.BigIntegerField()
    # The number of the prompt within the session, from 1; 0 for a prompt that is not by a person.
    number = models.IntegerField()
    by_person = models.BooleanField()
    text = CompressedTextField()
    tools_before = models.IntegerField(default=0, db_default=0)  # see `memory.sessions.turn_totals`
    failures_before = models.IntegerField(default=0, db_default=0)
    worked_before_us = models.BigIntegerField(default=0, db_default=0)

    project = models.TextField(default="")
    repo = models.TextField(default="")

    objects: ClassVar[models.Manager["Prompt"]] = models.Manager.from_queryset(PromptQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_prompt_in_order")]


class Observation(models.Model):
    """A notable act; see `memory.rules.observations.Observation`. `seq` is the event that ended the act."""

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

    objects: ClassVar = OwnedManager["Observation"]()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_observation_in_order")]


class Summary(models.Model):
    """The summary of a turn; see `memory.rules.turn_summary.Summary`. `seq` is the event that ended the turn."""

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

    objects: ClassVar = OwnedManager["Summary"]()

    class Meta:
        indexes: ClassVar = [models.Index("user", "session_id", "at_us", "seq", name="memory_summary_in_order")]


class SearchDocument(models.Model):
    """The words and labels of a prompt, an observation or a summary; `seq` is that of the row.

    See `memory.rules.search_documents` and `memory.search.document_index`. Row-level security applies as to all other
    tables; on PostgreSQL a search reads the words in `memory_terms`.
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

    objects: ClassVar = OwnedManager["SearchDocument"]()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "seq", name="memory_document_once")]
        indexes: ClassVar = [
            models.Index("user", "project_key", "at_us", "seq", name="memory_document_of_project"),
            models.Index("user", "repo_key", "at_us", "seq", name="memory_document_of_repo"),
        ]
