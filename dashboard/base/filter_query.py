"""What of everything a page shows: the project, the machine, the days and the zone that its address names."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from accounts.api_base.problem import Problem
from dashboard.render.row_text import place_name
from dashboard.render.safe_text import one_line
from memory.sessions import session_queries
from memory.values import page_cursor
from memory.values.page_filter import Scope

# As an address names them, in days and in words. A day or two, `2026-03-01..2026-03-07`, will do as well.
SPANS = {"7d": (7, "7 days"), "30d": (30, "30 days"), "90d": (90, "90 days"), "1y": (365, "A year")}
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_ZONE = re.compile(r"[A-Za-z]\w*+(?:[/+-]\w++){0,3}", re.ASCII)
_FIRST, _LAST = date(1971, 1, 1), date(2077, 12, 31)
OFFERED = 24  # projects and machines to choose from: those of the latest sessions


@dataclass(frozen=True, slots=True)
class Asked:
    """`time` is as in the address; the days are in `zone`, both included. None is without an end."""

    project: str
    machine: str
    time: str
    zone: ZoneInfo
    first: date | None
    last: date | None

    @property
    def scope(self) -> Scope:
        until = self.last + timedelta(days=1) if self.last else None
        return Scope(self.project, self.machine, self.begin_us(self.first), self.begin_us(until))

    def begin_us(self, day: date | None) -> int | None:
        """When a day begins, in microseconds."""
        return None if day is None else int(datetime.combine(day, time(), self.zone).timestamp()) * 1_000_000

    def query(self, **other: str) -> str:
        """The same for another page or another choice."""
        zone = "" if self.zone.key == "UTC" else self.zone.key
        given = {"project": self.project, "machine": self.machine, "time": self.time, "zone": zone} | other
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def days(self) -> str:
        """The days in words, if they are none of those offered."""
        if self.first is None or self.time in SPANS:
            return ""
        last = "" if self.last in (None, self.first) else f" – {self.last:%d %b %Y}"
        return f"{self.first:%d %b %Y}{last}"


def read(request: HttpRequest, usual: str = "") -> Asked:
    """What is asked for; what cannot be is as if it were not said. `usual` is the time where none is named."""
    return of_query(request.GET, usual)


def of_query(query: QueryDict, usual: str = "") -> Asked:
    """The same of a query."""
    project, machine, told = (_given(query, name) for name in ("project", "machine", "time"))
    zone = _zone(_given(query, "zone"))
    today = timezone.now().astimezone(zone).date()
    span, days = SPANS.get(told), _days(told)
    if span is None and days is None:
        told, span = usual, SPANS.get(usual)
    first, last = days or ((today - timedelta(days=span[0] - 1), None) if span else (None, None))
    return Asked(project, machine, told, zone, first, last)


def place(told: str | None, kinds: tuple[type, ...]) -> Any:
    """A place in a list; the beginning (None) for what is none."""
    try:
        return page_cursor.decode(told, kinds)
    except Problem:
        return None


def carried(request: HttpRequest) -> dict[str, str]:
    """For every template: the scope as a query, so that it goes along from page to page."""
    return {"carried": read(request).query()}


def _given(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\0", "")[:4_096]


def _zone(name: str) -> ZoneInfo:
    """A zone by its name; UTC for what is none here."""
    try:
        return ZoneInfo(name if len(name) < 64 and _ZONE.fullmatch(name) else "UTC")
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def _days(told: str) -> tuple[date, date] | None:
    found = _DAYS.fullmatch(told)
    try:
        first, last = (date.fromisoformat(found[group] or found[1]) for group in (1, 2)) if found else (_LAST, _FIRST)
    except ValueError:
        return None
    return (first, last) if _FIRST <= first <= last <= _LAST else None


def offers(user_id: UUID, asked: Asked) -> dict[str, object]:
    """What there is to choose from, for the form."""
    places = session_queries.places(user_id)
    projects = {repo or folder: one_line(place_name(repo, folder), 60) for folder, repo, _ in places}
    machines = dict.fromkeys([*([asked.machine] if asked.machine else []), *(machine for *_, machine in places)])
    return {
        "asked": asked,
        "projects": [(name, label) for name, label in projects.items() if _is_plain(name)][:OFFERED],
        "machines": [name for name in machines if _is_plain(name)][:OFFERED],
        "spans": [(name, words) for name, (_, words) in SPANS.items()],
    }


def _is_plain(name: str) -> bool:
    """Whether a name can be offered as it is: something, with nothing hidden in it."""
    return bool(name) and one_line(name, 4_096) == name
