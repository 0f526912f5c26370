"""`script/screenshots`: every page, in light, dark and at the width of a phone."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django

django.setup()

import httpx  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from accounts import tokens  # noqa: E402
from accounts.models import User  # noqa: E402
from tests.dashboard.payloads import SESSIONS, demo, months  # noqa: E402
from tests.people import PASSWORD, make_user  # noqa: E402
from tests.server import Server  # noqa: E402

SIZES = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
Shot = tuple[str, str, Callable[[Page], object]]
OUTSIDE = {"landing": "/", "sign-in": "/sign-in", "sign-up": "/sign-up", "not-found": "/nowhere"}
ABOUT = ("docs", "privacy", "terms", "security", "status")


def main(folder: Path) -> None:
    newcomer, busy = make_user("grace@example.com"), make_user("ada@example.com", display_name="Ada")
    token = tokens.create(busy.id, name="laptop")
    tokens.create(busy.id, name="build machine")
    server = Server(int(os.environ["PORT"]), RATE_EXEMPT_IPS="127.0.0.1").start()
    try:
        headers = {"Authorization": f"Bearer {tokens.sign(token.id)}", "User-Agent": "memfog/0.1.0"}
        events = [*months(), *demo()]
        for at in range(0, len(events), 500):
            body = {"events": events[at : at + 500]}
            httpx.post(f"{server.url}/sync/push", json=body, headers=headers).raise_for_status()
        shoot(server.url, folder, newcomer, busy)
    finally:
        server.stop()


def shoot(url: str, folder: Path, newcomer: User, busy: User) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for name, size in SIZES.items():
            for who, shots in ((None, outside()), (newcomer, first_steps()), (busy, inside())):
                page = chromium.new_context(base_url=url, **size).new_page()  # type: ignore[arg-type]
                page.on("console", lambda message: print(message.text, file=sys.stderr))  # noqa: T201
                if who:
                    sign_in(page, who)
                for shot, path, prepare in shots:
                    page.goto(path)
                    prepare(page)
                    page.screenshot(path=folder / f"{shot}-{name}.png")


def outside() -> Iterator[Shot]:
    for name, path in {**OUTSIDE, **{name: f"/{name}" for name in ABOUT}}.items():
        yield name, path, lambda page: None


def first_steps() -> Iterator[Shot]:
    yield "empty", "/", is_live
    yield "insights-empty", "/insights", lambda page: None


def inside() -> Iterator[Shot]:
    yield "feed", "/", is_live
    yield "row", "/", open_row
    shop, notes = (f"/sessions/{SESSIONS[name]['session_id']}" for name in ("shop", "field-notes"))
    yield "sessions", "/sessions", lambda page: None
    yield "session-cards", "/sessions?as=cards", lambda page: None
    yield "session", shop, has_map
    yield "session-wide", notes, open_rails
    for view in ("conversation", "files", "raw", "delete"):
        yield f"session-{view}", f"{shop}/{view}", open_rails
    yield "insights", "/insights", whole_page
    yield "search", "/search?q=refund", lambda page: None
    yield "search-empty", "/search", lambda page: None
    yield "memory", "/memory?project=/home/ada/shop", lambda page: None
    yield "palette", "/sessions", open_palette
    yield "keys", "/sessions", lambda page: page.keyboard.press("?")
    yield "machines", "/machines", lambda page: page.locator(".secret summary").first.click()
    yield "settings", "/settings", lambda page: None
    yield "two-factor", "/settings/two-factor", lambda page: page.click("main form button")
    yield "device", "/device", lambda page: None


def sign_in(page: Page, user: User) -> None:
    page.goto("/sign-in")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("/")


def is_live(page: Page) -> None:
    page.wait_for_selector("[data-state=live]")


def whole_page(page: Page) -> None:
    while page.locator(".behind").count():
        page.reload()


def has_map(page: Page) -> None:
    page.wait_for_selector(".strip")


def open_rails(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('.rail, .changed details').forEach((fold) => { fold.open = true; })")
    page.wait_for_load_state("networkidle")


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.wait_for_selector("#offers [data-session]")


def open_row(page: Page) -> None:
    is_live(page)
    page.locator(".row.bad summary").first.click()
    page.wait_for_selector(".json")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
