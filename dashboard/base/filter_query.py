"""The page filter in a page's address: project, machine, days, time zone, and whether automated sessions are shown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from accounts.api_base.problem import Problem
from dashboard.base.current_user import get_user_id
from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import current_names, machine_label, project_label
from events.wire import patterns
from events.wire.folder_names import display_folder, folder_key
from memory.projection import projector, reader_projection
from memory.sessions import session_queries
from memory.values import page_cursor
from memory.values.page_filter import PageFilter

# Value of the `time` parameter → number of days and label. One day or a range, `2026-03-01..2026-03-07`, is also valid.
TIME_SPANS = {
    "1d": (1, "Today"),
    "7d": (7, "7 days"),
    "30d": (30, "30 days"),
    "90d": (90, "90 days"),
    "1y": (365, "A year"),
}
_DAY_RANGE_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_ZONE_PATTERN = re.compile(r"[A-Za-z]\w*+(?:[/+-]\w++){0,3}", re.ASCII)
ZONE_COOKIE = "zone"  # set by `static/js/zone.js`: the time zone of the browser
ALL_SESSIONS = "all"  # value of the parameter `automated`
MIN_DATE, _MAX_DATE = date(1971, 1, 1), date(2077, 12, 31)
FILTER_CHOICES_LIMIT = 24  # projects and machines in the form: those of the latest sessions


@dataclass(frozen=True, slots=True)
class FilterQuery:
    """A parsed page filter. `time` is the text in the address; `first` and `last` are days in `zone`, both included.

    None means no limit on that side.
    """

    project: str
    machine: str
    time: str
    zone: ZoneInfo
    first: date | None
    last: date | None
    # Whether sessions that a program runs are shown, too.
    with_automated: bool = False
    # Whether the zone is that of the browser: an address that is passed on then leaves the reader their own.
    is_own_zone: bool = False

    @property
    def page_filter(self) -> PageFilter:
        until = self.last + timedelta(days=1) if self.last else None
        return PageFilter(self.project, self.machine, self.day_start_us(self.first), self.day_start_us(until))

    @property
    def session_filter(self) -> PageFilter:
        """The page filter of pages about sessions: those that a program runs are folded away unless asked for."""
        return replace(self.page_filter, automated=None if self.with_automated else False)

    @property
    def session_filter_of_all_days(self) -> PageFilter:
        return replace(self.session_filter, since_us=None, until_us=None)

    def day_start_us(self, day: date | None) -> int | None:
        """Returns the start of a day in `zone`, in microseconds since 1970."""
        return None if day is None else int(datetime.combine(day, time(), self.zone).timestamp()) * 1_000_000

    @property
    def zone_parameter(self) -> str:
        """The value of the parameter `zone`; empty if it needs none."""
        return "" if self.is_own_zone or self.zone.key == "UTC" else self.zone.key

    def to_query_string(self, **overrides: str) -> str:
        """Formats the filter as a query string; `overrides` replace or add parameters."""
        parameters = {"project": self.project, "machine": self.machine, "time": self.time, "zone": self.zone_parameter}
        parameters |= {"automated": ALL_SESSIONS if self.with_automated else ""} | overrides
        return urlencode({name: value for name, value in parameters.items() if value})

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """The parts of the filter that are active: the parameter, its name and its value."""
        span = TIME_SPANS[self.time][1] if self.time in TIME_SPANS else self.days
        project = one_line(project_label("", self.project), 60)
        machine = one_line(machine_label(self.machine), 60)
        parts = (("project", "Project", project), ("machine", "Machine", machine))
        return [part for part in (*parts, ("time", "Time", span)) if part[2]]

    @property
    def days(self) -> str:
        """The days as text; empty for a range in `TIME_SPANS`."""
        if self.first is None or self.time in TIME_SPANS:
            return ""
        last = "" if self.last in (None, self.first) else f" – {self.last:%d %b %Y}"
        return f"{self.first:%d %b %Y}{last}"


def parse_request(request: HttpRequest, default_time: str = "") -> FilterQuery:
    """Parses the page filter of a request. Invalid values are ignored; `default_time` replaces an invalid `time`.

    A project may be named as pages show it, by the last part of its folder or repository, and a machine by the name
    that its owner gave it.
    """
    filters = parse_query(request.GET, default_time, request.COOKIES.get(ZONE_COOKIE, ""))
    is_label = _may_be_label(filters.project)
    is_machine_label = bool(filters.machine) and filters.machine in current_names().machines.values()
    if not (is_label or is_machine_label) or not request.user.is_authenticated:
        return filters
    if is_label:
        filters = replace(filters, project=_find_project(get_user_id(request), filters.project))
    if is_machine_label:
        filters = replace(filters, machine=_find_machine(get_user_id(request), filters.machine))
    return filters


def _may_be_label(project: str) -> bool:
    """Whether a project may be named as pages show it: by one part of its path, or by two if others have its name."""
    return bool(project) and len(patterns.PATH_SEPARATORS.findall(project)) <= 1 and project[0] not in "/\\"


def _find_project(user_id: UUID, name: str) -> str:
    """Finds the latest project of this name, else one whose name contains it; returns the name itself if none does."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    locations = [(folder, repo) for folder, repo, *_ in session_queries.list_session_locations(user_id)]
    if any(name in location for location in locations):
        return name
    wanted = name.casefold()
    named = [(project_label(repo, folder).casefold(), repo or display_folder(folder)) for folder, repo in locations]
    equal = (project for shown, project in named if wanted in (shown, shown.rpartition("/")[2]))
    return next(equal, None) or next((project for shown, project in named if wanted in shown), name)


def _find_machine(user_id: UUID, name: str) -> str:
    """Finds the machine to which its owner gave this name, unless a machine itself sends this name."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    if any(name == machine for *_, machine, _ in session_queries.list_session_locations(user_id)):
        return name
    return next(machine for machine, shown in current_names().machines.items() if shown == name)


def parse_query(query: QueryDict, default_time: str = "", own_zone: str = "") -> FilterQuery:
    """Parses the page filter of a query, as `parse_request` does. `own_zone` holds where the query names no zone."""
    removed = query.getlist("without")
    project, machine, time_value = (
        "" if name in removed else _get_parameter(query, name) for name in ("project", "machine", "time")
    )
    if "time" not in removed:
        time_value = _join_days(_get_parameter(query, "from"), _get_parameter(query, "to")) or time_value
    asked_zone = _get_parameter(query, "zone")
    zone = _parse_zone(asked_zone or own_zone)
    today = timezone.now().astimezone(zone).date()
    span, days = TIME_SPANS.get(time_value), _parse_days(time_value)
    if span is None and days is None:
        time_value, span = default_time, TIME_SPANS.get(default_time)
    first, last = days or ((today - timedelta(days=span[0] - 1), None) if span else (None, None))
    with_automated = _get_parameter(query, "automated") == ALL_SESSIONS
    return FilterQuery(project, machine, time_value, zone, first, last, with_automated, is_own_zone=not asked_zone)


def parse_position(encoded: str | None, kinds: tuple[type, ...]) -> Any:
    """Decodes a position in a list; returns None (the start of the list) for an invalid one."""
    try:
        return page_cursor.decode(encoded, kinds)
    except Problem:
        return None


def build_filter_context(request: HttpRequest) -> dict[str, str]:
    """Context processor: the page filter as a query string, so that links keep it from page to page."""
    return {"filter_params": parse_request(request).to_query_string()}


def _get_parameter(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\0", "")[:4_096]


def _parse_zone(name: str) -> ZoneInfo:
    """Returns the time zone of this name; UTC for an unknown name."""
    try:
        return ZoneInfo(name if len(name) < 64 and _ZONE_PATTERN.fullmatch(name) else "UTC")
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def _join_days(first: str, last: str) -> str:
    """Joins the days of the form as `time` has them; a missing end is the other one. Empty without both."""
    return f"{first or last}..{last or first}" if first or last else ""


def _parse_days(text: str) -> tuple[date, date] | None:
    found = _DAY_RANGE_PATTERN.fullmatch(text)
    try:
        first, last = (
            (date.fromisoformat(found[group] or found[1]) for group in (1, 2)) if found else (_MAX_DATE, MIN_DATE)
        )
    except ValueError:
        return None
    return (first, last) if MIN_DATE <= first <= last <= _MAX_DATE else None


def load_form_context(user_id: UUID, query: FilterQuery, *, of_sessions: bool = True) -> dict[str, object]:
    """Loads the choices of the filter form. Only a page of sessions offers to show automated ones; others have all."""
    locations = session_queries.list_session_locations(user_id)
    machines = dict.fromkeys(
        [*([query.machine] if query.machine else []), *(machine for _, _, machine, _ in locations)]
    )
    has_automated = query.with_automated or any(is_automated for *_, is_automated in locations)
    return {
        "filter_query": query,
        "projects": list_projects(locations),
        "machines": [(name, machine_label(name)) for name in machines if _is_visible_line(name)][:FILTER_CHOICES_LIMIT],
        "offers_automated": of_sessions and has_automated,
        "spans": [(name, text) for name, (_, text) in TIME_SPANS.items()],
    }


def list_projects(locations: Iterable[tuple[str, str, str, bool]]) -> list[tuple[str, str]]:
    """Lists the projects of `session_queries.list_session_locations`, each with the name that pages show."""
    projects: dict[str, tuple[str, str]] = {}
    for folder, repo, *_ in locations:
        name = repo or display_folder(folder)
        projects.setdefault(folder_key(name), (name, one_line(project_label(repo, folder), 60)))
    return [(name, label) for name, label in projects.values() if _is_visible_line(name)][:FILTER_CHOICES_LIMIT]


def _is_visible_line(name: str) -> bool:
    """Whether the form can offer a name unchanged: it is not empty and has no hidden characters."""
    return bool(name) and one_line(name, 4_096) == name
