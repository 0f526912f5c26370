"""The form of the page filter: a project by the name that pages show, ranges of days, and chips that remove a part."""

from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pytest

from tests.dashboard.base.test_scope import SHOP, in_shop, told
from tests.dashboard.feed.test_feed import shown
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person


def elsewhere(name: str, folder: str) -> dict[str, object]:
    return event("UserPromptSubmit", session_id=name, cwd=folder) | {"project": folder, "root": folder}


@pytest.mark.parametrize("name", ["infra", "INFRA", "infr", "/srv/infra"])
@pytest.mark.parametrize("path", ["/", "/sessions", "/insights?", "/search?q=prompt"])
def test_a_project_is_found_by_the_name_that_pages_show(
    http: httpx.Client, alice: Person, name: str, path: str
) -> None:
    alice.push(in_shop(), elsewhere("one", "/srv/infra"))
    sign_in(http, alice.user)
    text = source(http, f"{path}{'&' if '?' in path else '?'}project={quote(name, safe='')}")
    assert 'value="/srv/infra"' in text
    if path == "/":
        assert shown(text) == [2]
    if path == "/sessions":
        assert "/sessions/one" in text
        assert "/sessions/shop" not in text


def test_the_whole_name_comes_before_a_part_of_it(http: httpx.Client, alice: Person) -> None:
    alice.push(elsewhere("one", "/srv/web"), elsewhere("two", "/srv/webhooks"))
    sign_in(http, alice.user)
    assert shown(source(http, "/?project=web")) == [1]
    assert shown(source(http, "/?project=webh")) == [2]
    assert shown(source(http, "/?project=nowhere")) == []


def test_a_project_that_has_this_very_name_is_meant(http: httpx.Client, alice: Person) -> None:
    alice.push(elsewhere("one", "web"), elsewhere("two", "/srv/web"))
    sign_in(http, alice.user)
    assert shown(source(http, "/?project=web")) == [1]


def test_a_range_is_two_days_or_one(http: httpx.Client, alice: Person) -> None:
    alice.push(
        event("UserPromptSubmit", ts="2026-03-02T12:00:00Z"), event("UserPromptSubmit", ts="2026-03-04T12:00:00Z")
    )
    alice.push(event("UserPromptSubmit", ts=datetime.now(UTC).isoformat()))
    sign_in(http, alice.user)
    assert shown(source(http, "/?from=2026-03-01&to=2026-03-03")) == [1]
    assert shown(source(http, "/?from=2026-03-04")) == [2]
    assert shown(source(http, "/?time=7d&from=&to=2026-03-02")) == [1]
    assert "02 Mar 2026 – 04 Mar 2026" in page(http, "/?from=2026-03-02&to=2026-03-04")
    assert shown(source(http, "/?from=nonsense")) == [3, 2, 1]
    assert shown(source(http, "/?time=1d")) == [3]


def test_a_chip_removes_its_part_and_no_other(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(), told())
    sign_in(http, alice.user)
    filtered = page(http, f"/?project={SHOP}&time=7d&kind=prompts")
    for name in ("project", "time"):
        assert f'<button name="without" value="{name}"' in filtered
    assert 'name="kind" value="prompts"' in filtered
    without = source(http, f"/?project={SHOP}&time=7d&without=project")
    assert sorted(shown(without)) == [1, 2]
    assert 'name="without" value="time"' in without
    assert 'name="without" value="project"' not in without


@pytest.mark.parametrize("path", ["/sessions", "/insights", "/files", "/commits"])
def test_a_page_with_nothing_to_filter_has_no_filter(http: httpx.Client, alice: Person, path: str) -> None:
    sign_in(http, alice.user)
    assert 'id="filter-sheet"' not in source(http, path)
    alice.push(in_shop())
    if path in ("/sessions", "/insights"):
        assert 'id="filter-sheet"' in source(http, path)
