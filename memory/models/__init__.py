"""What is derived from the log, and what the user chose."""

from memory.models.chosen import Allowance, Choice, Filter, Mark, Note, Preference
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
from memory.models.tallied import Daily, HalfHour, Recount, Tally

__all__ = [
    "Allowance",
    "Choice",
    "Daily",
    "Document",
    "Filter",
    "HalfHour",
    "Helper",
    "Mark",
    "Moment",
    "MomentQuerySet",
    "Note",
    "Observation",
    "Preference",
    "Progress",
    "Prompt",
    "Recount",
    "Retelling",
    "Session",
    "SessionQuerySet",
    "Summary",
    "Tally",
    "Usage",
]
