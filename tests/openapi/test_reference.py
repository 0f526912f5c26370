"""`/docs/api` can be read without scripts, loads nothing from other hosts, and explains every problem."""

import re

import httpx
import pytest

from accounts.api_base.problem import PROBLEM_TYPES
from memfog.openapi import build_document
from tests.dashboard.visitor import page, source

pytestmark = pytest.mark.one_database

LOADED = re.compile(r'<(?:script|link|img|iframe|source|object|embed|use)\b[^>]*?(?:src|href|data)="([^"]+)"')


@pytest.fixture
def html(http: httpx.Client) -> str:
    return source(http, "/docs/api")


def test_every_code_has_its_place(html: str) -> None:
    ids = set(re.findall(r'id="([^"]+)"', html))
    assert set(PROBLEM_TYPES) - ids == set()


def test_the_type_of_a_problem_leads_there(http: httpx.Client, html: str) -> None:
    path, _, anchor = http.get("/api/nothing").json()["type"].partition("#")
    assert path == "/docs/api"
    assert f'<tr id="{anchor}">' in html


def test_every_place_is_one_and_every_link_leads_to_one(html: str) -> None:
    ids = re.findall(r'id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_it_loads_nothing_from_another_host(html: str) -> None:
    loaded = LOADED.findall(html)
    assert loaded
    assert [address for address in loaded if not address.startswith(("/static/", "/manifest.webmanifest"))] == []


def test_every_route_is_on_it_with_its_command(http: httpx.Client) -> None:
    text = page(http, "/docs/api")
    for path, operations in build_document()["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in text
            assert operation["summary"].replace("`", "") in re.sub("</?code>", "", text)
        assert path in text
    assert text.count("curl ") == sum(len(operations) for operations in build_document()["paths"].values())


def test_no_markup_of_ours_shows_as_text(html: str) -> None:
    assert "&lt;code" not in html
    assert "&lt;a " not in html
    assert "`" not in re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("where", ["/", "/docs"])
def test_it_is_found(http: httpx.Client, where: str) -> None:
    assert 'href="/docs/api"' in source(http, where)
