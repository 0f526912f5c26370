"""What is derived from the log, and what the user chose."""

from memory.models.chosen import Choice
from memory.models.derived import (
    Document,
    Moment,
    MomentQuerySet,
    Observation,
    Progress,
    Prompt,
    Session,
    SessionQuerySet,
    Summary,
    Usage,
)

__all__ = [
    "Choice",
    "Document",
    "Moment",
    "MomentQuerySet",
    "Observation",
    "Progress",
    "Prompt",
    "Session",
    "SessionQuerySet",
    "Summary",
    "Usage",
]
