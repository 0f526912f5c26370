"""What somebody asks for: words, and filters by prefix (`type:fix before:2026-03-01 refund`). Pure."""

from dataclasses import dataclass
from re import Match

from events.wire import patterns
from events.wire.timestamps import microseconds
from memory.values.page_filter import EVERYTHING, Scope
from memory.values.text_analyzer import Sought, label, sought

TYPES = (
    *("prompt", "summary", "edit", "command", "read", "search", "web", "task", "decision"),
    *("failure", "fix"),
)
FILTERS = ("project", "tool", "file", "type", "failed")


@dataclass(frozen=True, slots=True)
class Question:
    """`labels` must all be there; of `sought` the more the better. Times are microseconds, `until` not included.

    `project` and `machine` are those of the session, by their whole names; empty is any.
    """

    sought: tuple[Sought, ...] = ()
    labels: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    project: str = ""
    machine: str = ""


def read(text: str, scope: Scope = EVERYTHING, /, **given: str) -> Question:
    """`given` are further filters by name. A filter with a value that cannot be is a word like others."""
    filters = {**given}
    rest = patterns.FILTER.sub(lambda found: _taken(found, filters), text)
    since, until = (instant(filters.get(name, "")) for name in ("after", "before"))
    labels = [label(name, _value(name, filters[name])) for name in FILTERS if filters.get(name)]
    if scope.project:
        labels.append(label("project", scope.project))
    since = max((at for at in (since, scope.since_us) if at is not None), default=None)
    until = min((at for at in (until, scope.until_us) if at is not None), default=None)
    return Question(tuple(sought(rest)), tuple(dict.fromkeys(labels)), since, until, scope.project, scope.machine)


def misread(text: str) -> list[tuple[str, str]]:
    """The filters whose value cannot be, by name and as they were typed: somebody meant something else."""
    told = [
        (found[1], found[2] if found[2] is not None else found[3], found[0])
        for found in patterns.FILTER_BEING_TYPED.finditer(text)
    ]
    return [(name, typed) for name, value, typed in told if not _can_be(name, value)]


def _can_be(name: str, value: str) -> bool:
    if name in ("before", "after"):
        return instant(value) is not None
    return value in TYPES if name == "type" else bool(value)


def _taken(found: Match[str], filters: dict[str, str]) -> str:
    name, value = found[1], found[2] if found[2] is not None else found[3]
    if name in ("before", "after") and instant(value) is None:
        return found[0]
    filters[name] = value
    return " "


def _value(name: str, value: str) -> str:
    if name == "failed":
        return "no" if value.lower() in ("no", "false", "0") else "yes"
    return value


def instant(value: str) -> int | None:
    """Microseconds of an RFC 3339 time or a date; None for anything else."""
    return microseconds(f"{value}T00:00:00Z" if patterns.DATE.fullmatch(value) else value)
