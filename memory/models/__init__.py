"""What is derived from the log, and what the user chose."""

from memory.models.chosen import Allowance, Choice, Mark, Note, Preference
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
from memory.models.helped import Helper, Retelling

__all__ = [
    "Allowance",
    "Choice",
    "Document",
    "Helper",
    "Mark",
    "Moment",
    "MomentQuerySet",
    "Note",
    "Observation",
    "Preference",
    "Progress",
    "Prompt",
    "Retelling",
    "Session",
    "SessionQuerySet",
    "Summary",
    "Usage",
]
