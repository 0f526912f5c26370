"""The list of all pages leaves no page out."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from accounts.api_base.problem import is_api_path
from tests.dashboard.every_page import NO_PAGES, Known, stops
from tests.house.test_isolation import ADMIN, django_routes

STOPS = [stop for pages in stops(Known()).values() for stop in pages]


def route_of(path: str) -> str | None:
    """Returns the route of this path, or None for an address that has no page."""
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return None


def test_every_route_is_looked_at_or_said_to_be_no_page() -> None:
    looked_at = {route for stop in STOPS if (route := route_of(stop.path)) is not None}
    none = [route for routes in NO_PAGES.values() for route in routes]
    there = {path[1:] for path in django_routes() if not path.startswith(ADMIN) and not is_api_path(path)}
    assert looked_at & set(none) == set()
    assert sorted(looked_at | set(none)) == sorted(there)
    assert len(none) == len(set(none))


def test_every_picture_has_a_name_of_its_own() -> None:
    names = [stop.name for stop in STOPS]
    assert len(names) == len(set(names)) > 70
