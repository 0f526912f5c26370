"""`script/screenshots FOLDER [PAGE ...]`: pictures of every page, light, dark and at the width of a phone.

The pages of an account with sessions as they really go are taken at three widths, each in light and dark.
"""

import os
import shutil
import sys
from pathlib import Path

import django

django.setup()

from playwright.sync_api import sync_playwright  # noqa: E402

from accounts.credentials import api_tokens  # noqa: E402
from tests.dashboard.every_page import stops  # noqa: E402
from tests.dashboard.furnished import World, furnish  # noqa: E402
from tests.people import People, make_user  # noqa: E402
from tests.server import Server  # noqa: E402

SIZES = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "phone-dark": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
# How the pages of real sessions are looked at.
WIDTHS = {
    f"{width}-{scheme}": {"color_scheme": scheme, "viewport": {"width": width, "height": height}}
    for width, height in ((1400, 900), (1024, 800), (360, 740))
    for scheme in ("light", "dark")
}
WITH_REAL_SESSIONS = "veteran"
PEOPLE = {"newcomer": "grace", "busy": "ada", "veteran": "edsger", "demo": "alan", "guarded": "barbara"}


def main(folder: Path, wanted: set[str]) -> None:
    server = Server(int(os.environ["PORT"]), RATE_EXEMPT_IPS="127.0.0.1").start()
    people = People(server.url)
    try:
        named = {
            who: people(make_user(f"{name}@example.com", display_name=name.title())) for who, name in PEOPLE.items()
        }
        api_tokens.create(named["busy"].id, name="build machine")
        shoot(furnish(server, people, named), folder, wanted)
    finally:
        people.close()
        server.stop()


def shoot(world: World, folder: Path, wanted: set[str]) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for size, settings in (SIZES | WIDTHS).items():
            for who, pages in stops(world.known).items():
                if (size in WIDTHS) != (who == WITH_REAL_SESSIONS):
                    continue
                context = chromium.new_context(base_url=world.server.url, **settings)  # type: ignore[arg-type]
                context.add_cookies(world.cookies(who))
                for stop in pages:
                    if not wanted or stop.name in wanted:
                        page = context.new_page()
                        page.goto(stop.path)
                        stop.prepare(page)
                        page.screenshot(path=folder / f"{stop.name}-{size}.png")
                        page.close()
                context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), set(sys.argv[2:]))
