"""Parses search queries: words, and filters with a prefix (`type:fix before:2026-03-01 refund`). Pure."""

from dataclasses import dataclass
from re import Match

from events.wire import patterns
from events.wire.folder_names import folder_key
from events.wire.timestamps import parse_rfc3339
from memory.search.query_terms import SearchTerm, find_paths, parse_search_terms
from memory.values.page_filter import NO_FILTER, PageFilter
from memory.values.text_analyzer import make_label

ENTRY_TYPES = (
    *("prompt", "summary", "edit", "command", "read", "search", "web", "task", "decision"),
    *("failure", "fix"),
)
ORDERS = BEST_FIRST, NEWEST_FIRST, OLDEST_FIRST = ("relevance", "newest", "oldest")
LABEL_FILTERS = ("project", "tool", "file", "type", "failed")


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed search query.

    A document must have all `labels`; more matching `terms` rank it higher. Times are microseconds, `until_us` is
    exclusive. `project` and `machine` are full names of the session's project and machine, `automated` is whether a
    program runs the session; empty or None means any. `paths` are the terms that may name a file, whole.
    """

    terms: tuple[SearchTerm, ...] = ()
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    since_us: int | None = None
    until_us: int | None = None
    project: str = ""
    machine: str = ""
    automated: bool | None = None
    order: str = BEST_FIRST

    @property
    def is_oldest_first(self) -> bool:
        return self.order == OLDEST_FIRST


def parse_query(
    text: str, page_filter: PageFilter = NO_FILTER, /, order: str = BEST_FIRST, **extra_filters: str
) -> SearchQuery:
    """Parses a query. `extra_filters` are further filters by name.

    A `before:` or `after:` filter with an invalid time is searched as words.
    """
    filters = {**extra_filters}
    rest = patterns.FILTER.sub(lambda found: _extract_filter(found, filters), text)
    since, until = (parse_time(filters.get(name, "")) for name in ("after", "before"))
    labels = [make_label(name, _normalize_value(name, filters[name])) for name in LABEL_FILTERS if filters.get(name)]
    if page_filter.project:
        labels.append(make_label("project", folder_key(page_filter.project)))
    since = max((at for at in (since, page_filter.since_us) if at is not None), default=None)
    until = min((at for at in (until, page_filter.until_us) if at is not None), default=None)
    return SearchQuery(
        tuple(parse_search_terms(rest)),
        tuple(find_paths(rest)),
        tuple(dict.fromkeys(labels)),
        since,
        until,
        page_filter.project,
        page_filter.machine,
        page_filter.automated,
        order,
    )


def find_invalid_filters(text: str) -> list[tuple[str, str]]:
    """Lists the filters with an invalid value, as (name, text as typed), so that a page can point them out."""
    typed_filters = [
        (found[1], found[2] if found[2] is not None else found[3], found[0])
        for found in patterns.UNFINISHED_FILTER.finditer(text)
    ]
    return [(name, typed) for name, value, typed in typed_filters if not _is_valid_value(name, value)]


def _is_valid_value(name: str, value: str) -> bool:
    if name in ("before", "after"):
        return parse_time(value) is not None
    return value in ENTRY_TYPES if name == "type" else bool(value)


def _extract_filter(found: Match[str], filters: dict[str, str]) -> str:
    name, value = found[1], found[2] if found[2] is not None else found[3]
    if name in ("before", "after") and parse_time(value) is None:
        return found[0]
    filters[name] = value
    return " "


def _normalize_value(name: str, value: str) -> str:
    if name == "failed":
        return "no" if value.lower() in ("no", "false", "0") else "yes"
    return folder_key(value) if name == "project" else value


def parse_time(value: str) -> int | None:
    """Parses an RFC 3339 time or a date into microseconds; returns None for any other text."""
    return parse_rfc3339(f"{value}T00:00:00Z" if patterns.DATE.fullmatch(value) else value)
