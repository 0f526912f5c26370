"""What is derived from the log, and what the user chose."""

from memory.models.counts import Daily, HalfHour, Recount, Tally
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
from memory.models.llm import Helper, Retelling
from memory.models.preferences import Allowance, Choice, Filter, Mark, Note, Preference

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
