"""Models of derived rows and of user preferences."""

from memory.models.counts import DailyTotal, HalfHourCount, HalfHourTotal, StaleDay, TokenUsage
from memory.models.derived import (
    Observation,
    ProjectionState,
    Prompt,
    SearchDocument,
    Session,
    SessionEvent,
    SessionEventQuerySet,
    SessionQuerySet,
    Summary,
)
from memory.models.llm import LlmConfig, LlmSummary
from memory.models.notifications import Notice, NoticeDelivery, NotificationChannel, NotificationRules
from memory.models.preferences import (
    Annotation,
    ContextBudget,
    MemoryPreference,
    Note,
    OwnPrice,
    SavedFilter,
    SessionPreference,
)
from memory.models.traced import FileChange, GitAct

__all__ = [
    "Annotation",
    "ContextBudget",
    "DailyTotal",
    "FileChange",
    "GitAct",
    "HalfHourCount",
    "HalfHourTotal",
    "LlmConfig",
    "LlmSummary",
    "MemoryPreference",
    "Note",
    "Notice",
    "NoticeDelivery",
    "NotificationChannel",
    "NotificationRules",
    "Observation",
    "OwnPrice",
    "ProjectionState",
    "Prompt",
    "SavedFilter",
    "SearchDocument",
    "Session",
    "SessionEvent",
    "SessionEventQuerySet",
    "SessionPreference",
    "SessionQuerySet",
    "StaleDay",
    "Summary",
    "TokenUsage",
]
