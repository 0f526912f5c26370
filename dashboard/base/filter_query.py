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
from dashboard.render.safe_text import one_line
from dashboard.render.short_labels import project_name
from memory.sessions import session_queries
from memory.values import page_cursor
from memory.values.page_filter import PageFilter

# As an address names them, in days and in words. A day or two, `2026-03-01..2026-03-07`, will do as well.
TIME_SPANS = {"7d": (7, "7 days"), "30d": (30, "30 days"), "90d": (90, "90 days"), "1y": (365, "A year")}
_DAY_RANGE_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_ZONE_PATTERN = re.compile(r"[A-Za-z]\w*+(?:[/+-]\w++){0,3}", re.ASCII)
_MIN_DATE, _MAX_DATE = date(1971, 1, 1), date(2077, 12, 31)
FILTER_CHOICES_LIMIT = 24  # projects and machines to choose from: those of the latest sessions


@dataclass(frozen=True, slots=True)
class FilterQuery:
    """`time` is as in the address; the days are in `zone`, both included. None is without an end."""

    project: str
    machine: str
    time: str
    zone: ZoneInfo
    first: date | None
    last: date | None

    @property
    def page_filter(self) -> PageFilter:
        until = self.last + timedelta(days=1) if self.last else None
        return PageFilter(self.project, self.machine, self.day_start_us(self.first), self.day_start_us(until))

    def day_start_us(self, day: date | None) -> int | None:
        """When a day begins, in microseconds."""
        return None if day is None else int(datetime.combine(day, time(), self.zone).timestamp()) * 1_000_000

    def to_query_string(self, **overrides: str) -> str:
        """The same for another page or another choice."""
        zone = "" if self.zone.key == "UTC" else self.zone.key
        parameters = {"project": self.project, "machine": self.machine, "time": self.time, "zone": zone} | overrides
        return urlencode({name: value for name, value in parameters.items() if value})

    @property
    def days(self) -> str:
        """The days in words, if they are none of those offered."""
        if self.first is None or self.time in TIME_SPANS:
            return ""
        last = "" if self.last in (None, self.first) else f" – {self.last:%d %b %Y}"
        return f"{self.first:%d %b %Y}{last}"


def parse_request(request: HttpRequest, default_time: str = "") -> FilterQuery:
    """What is asked for; what cannot be is as if it were not said. `default_time` is the time where none is named."""
    return parse_query(request.GET, default_time)


def parse_query(query: QueryDict, default_time: str = "") -> FilterQuery:
    """The same of a query."""
    project, machine, time_value = (_get_parameter(query, name) for name in ("project", "machine", "time"))
    zone = _parse_zone(_get_parameter(query, "zone"))
    today = timezone.now().astimezone(zone).date()
    span, days = TIME_SPANS.get(time_value), _parse_days(time_value)
    if span is None and days is None:
        time_value, span = default_time, TIME_SPANS.get(default_time)
    first, last = days or ((today - timedelta(days=span[0] - 1), None) if span else (None, None))
    return FilterQuery(project, machine, time_value, zone, first, last)


def parse_position(encoded: str | None, kinds: tuple[type, ...]) -> Any:
    """A place in a list; the beginning (None) for what is none."""
    try:
        return page_cursor.decode(encoded, kinds)
    except Problem:
        return None


def build_filter_context(request: HttpRequest) -> dict[str, str]:
    """For every template: the scope as a query, so that it goes along from page to page."""
    return {"filter_params": parse_request(request).to_query_string()}


def _get_parameter(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\0", "")[:4_096]


def _parse_zone(name: str) -> ZoneInfo:
    """A zone by its name; UTC for what is none here."""
    try:
        return ZoneInfo(name if len(name) < 64 and _ZONE_PATTERN.fullmatch(name) else "UTC")
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def _parse_days(text: str) -> tuple[date, date] | None:
    found = _DAY_RANGE_PATTERN.fullmatch(text)
    try:
        first, last = (
            (date.fromisoformat(found[group] or found[1]) for group in (1, 2)) if found else (_MAX_DATE, _MIN_DATE)
        )
    except ValueError:
        return None
    return (first, last) if _MIN_DATE <= first <= last <= _MAX_DATE else None


def load_form_context(user_id: UUID, query: FilterQuery) -> dict[str, object]:
    """What there is to choose from, for the form."""
    locations = session_queries.list_session_locations(user_id)
    projects = {repo or folder: one_line(project_name(repo, folder), 60) for folder, repo, _ in locations}
    machines = dict.fromkeys([*([query.machine] if query.machine else []), *(machine for *_, machine in locations)])
    return {
        "filter_query": query,
        "projects": [(name, label) for name, label in projects.items() if _is_visible_line(name)][
            :FILTER_CHOICES_LIMIT
        ],
        "machines": [name for name in machines if _is_visible_line(name)][:FILTER_CHOICES_LIMIT],
        "spans": [(name, text) for name, (_, text) in TIME_SPANS.items()],
    }


def _is_visible_line(name: str) -> bool:
    """Whether a name can be offered as it is: something, with nothing hidden in it."""
    return bool(name) and one_line(name, 4_096) == name
