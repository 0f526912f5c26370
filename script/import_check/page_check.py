"""Loads every page of every session, and pages over all of them, and finds those with an error."""

from collections.abc import Iterable
from urllib.parse import quote

import httpx

PAGES = ("/", "/sessions", "/search?q=test", "/insights", "/memory", "/machines")
SESSION_PAGES = ("", "/conversation", "/files", "/raw", "/map")


def find_errors(browser: httpx.Client, session_ids: Iterable[str]) -> list[str]:
    """Finds the pages that answer with an error, as "status path"."""
    paths = [*PAGES, *(f"/sessions/{quote(id_, safe='')}{page}" for id_ in session_ids for page in SESSION_PAGES)]
    statuses = ((browser.get(path).status_code, path) for path in paths)
    return [f"{status} {path}" for status, path in statuses if status != httpx.codes.OK]
