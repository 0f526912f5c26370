"""Every page can be used by everybody: axe finds nothing serious, in light, in dark, and on a phone."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.dashboard.looking import looking
from tests.dashboard.payloads import SESSIONS, demo
from tests.people import Person
from tests.server import Server

pytestmark = pytest.mark.browser

SHOP = f"/sessions/{SESSIONS['shop']['session_id']}"
PAGES = [
    *("/search", "/search?q=refund", "/search?q=before:noon", "/memory", "/insights", "/sessions?time=7d"),
    *("/?project=/home/ada/shop&time=7d", "/?machine=nowhere", "/search?q=refund&project=/home/ada/shop&time=30d"),
    *("/", "/sessions", "/sessions?as=cards", "/machines", "/settings", "/events/1", "/docs", "/status"),
    *(SHOP, f"{SHOP}/conversation", f"{SHOP}/files", f"{SHOP}/raw", f"{SHOP}/map", f"{SHOP}/delete"),
]
SIZES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}, "has_touch": True},
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The program itself: `AXE` names its file (axe-core, axe.min.js)."""
    return Path(os.environ["AXE"]).read_text()


def serious(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {' '.join(node['target'])}: {' '.join(node['failureSummary'].split())}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_serious_finding(server: Server, alice: Person, axe: str, size: str) -> None:
    alice.push(*demo())
    found: dict[str, list[str]] = {}
    with looking(server, alice, reduced_motion="reduce", **SIZES[size]) as page:
        for path in PAGES:
            page.goto(path)
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((fold) => { fold.open = true; })")
            page.wait_for_timeout(300) if path == "/" else page.wait_for_load_state("networkidle")
            found[path] = serious(page, axe)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(SHOP)
        page.keyboard.press("?")
        found["keys"] = serious(page, axe)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#offers [data-session]")
        found["palette"] = serious(page, axe)
    assert {path: told for path, told in found.items() if told} == {}
