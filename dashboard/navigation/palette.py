"""Finds entries of the command palette: sessions, the waiting ones first, pages, projects and actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from dashboard.base import filter_query
from dashboard.navigation.page_links import PAGE_LINKS
from dashboard.session.session_summary import SessionView, build_session_view
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values.page_filter import PageFilter

SESSIONS_LIMIT, PROJECTS_LIMIT, MAX_WORDS, MAX_WORD_CHARS = 50, 5, 6, 60
# What an action is called, and the element of a page that it presses: a page without the element does not offer it.
ACTIONS = {
    "Pause or resume Live": "#pause",
    "Light theme": ".theme [value=light]",
    "Dark theme": ".theme [value=dark]",
    "Theme of the system": ".theme [value=system]",
    "Sign out": ".me form button",
}


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A line of the palette. `hint` says what it is; `pressed` is the selector of an action's element."""

    label: str
    hint: str
    address: str = ""
    pressed: str = ""
    is_session: bool = False


def list_entries(user_id: UUID, text: str) -> list[PaletteEntry]:
    """Lists entries with all words of a text, at most `SESSIONS_LIMIT` sessions; without words the latest sessions."""
    words = tuple(word[:MAX_WORD_CHARS] for word in text.replace("\0", "").casefold().split()[:MAX_WORDS])
    waiting = [_enter_session(build_session_view(one)) for one in session_queries.load_pulse(user_id).sessions]
    query = SessionQuery(SESSIONS_LIMIT, page_filter=PageFilter(automated=False), with_unused=False, words=words)
    found = [_enter_session(build_session_view(one)) for one in session_queries.list_projected_sessions(user_id, query)]
    named = [one for one in (*_list_pages(), *_list_projects(user_id), *_list_actions()) if _has_words(one, words)]
    urgent = [one for one in waiting if one in found or _has_words(one, words)]
    rest = [one for one in found if one not in urgent]
    return [*urgent, *named, *rest] if not words else [*urgent, *rest[:SESSIONS_LIMIT], *named]


def _has_words(entry: PaletteEntry, words: tuple[str, ...]) -> bool:
    return all(word in f"{entry.label} {entry.hint}".casefold() for word in words)


def _enter_session(session: SessionView) -> PaletteEntry:
    hint = f"{session.project} · {session.need} · {session.id[:8]}"
    return PaletteEntry(session.title, hint, reverse("session", args=[session.id]), is_session=True)


def _list_pages() -> Iterator[PaletteEntry]:
    for page in PAGE_LINKS:
        yield PaletteEntry(page.label, "Page", reverse(page.name))


def _list_projects(user_id: UUID) -> Iterator[PaletteEntry]:
    for name, label in filter_query.list_projects(session_queries.list_session_locations(user_id)):
        yield PaletteEntry(label, f"Project · {name}", f"{reverse('sessions')}?{urlencode({'project': name})}")


def _list_actions() -> Iterator[PaletteEntry]:
    for label, selector in ACTIONS.items():
        yield PaletteEntry(label, "Action", pressed=selector)
