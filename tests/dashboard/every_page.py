"""All pages, each with content: the list for screenshots and for accessibility runs.

Each page is opened as a visitor for whom it has content: without an account (`nobody`), with a new account, with months
of work, with the sample sessions, or with two-factor sign-in. `test_every_page.py` fails for a new route until this
list has it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string
from playwright.sync_api import Page

from memory.values import page_cursor
from tests.dashboard import veteran
from tests.dashboard.payloads import SESSIONS

SHOP, NOTES = (f"/sessions/{SESSIONS[name]['session_id']}" for name in ("shop", "field-notes"))
# Reason → routes that answer no GET with a page.
NO_PAGES = {
    "an act": (
        *(
            "demo/load",
            "demo/remove",
            "machines/<uuid:token_id>/restore",
            "machines/rename",
            "memory/budget",
            "memory/tools",
            "sign-out",
        ),
        *("memory/entries/<str:seq>", "memory/notes", "memory/notes/<uuid:note_id>", "settings/two-factor/set-up"),
        *("sessions/<str:session_id>/choose", "settings/sync/pause", "settings/sync/resume", "settings/sync/forget"),
        *("settings/sessions/<slug:name>/end", "settings/sessions/end-others", "settings/prices/delete"),
        *("filters/<str:page>", "filters/<uuid:filter_id>/drop"),
        *(f"settings/notifications/channels/{one}" for one in ("push", "webhook", "mail", "<uuid:channel_id>")),
        "settings/notifications/deliveries/<uuid:delivery_id>",
        "first-steps/mail",
    ),
    "a part of one": (
        "palette/neighbor",
        "live/pulse",
        "live/wall",
        "palette",
        "sessions/<str:session_id>/failure",
        "sessions/<str:session_id>/now",
        "events/<str:seq>/card",
        "first-steps",
    ),
    "a file": (
        *("events/<str:seq>/raw", "export", "export/session", "live/icon/<int:waiting>.svg"),
        *("memfog.tgz", "memfog.json", "service-worker.js", "manifest.webmanifest"),
        *("settings/two-factor/qr.svg", "dev/mail/<slug:name>/html"),
    ),
}


# The placeholder of a collapsed element until its content is loaded.
UNFILLED = "main details[data-src][open] > .payload > .hint:only-child > a:only-child"


def nothing(page: Page) -> None:
    pass


@dataclass(frozen=True)
class Stop:
    """A page: the name of its picture, its address, its preparation in the browser, and its status."""

    name: str
    path: str
    prepare: Callable[[Page], object] = nothing
    status: int = 200


@dataclass(frozen=True)
class Known:
    """Values of the world's users that addresses and forms need."""

    device: str = "ABCD-EFGH"
    mail: str = "0"  # name of a mail with a link that sets a new password
    guarded: str = ""  # address of the user with two-factor sign-in
    password: str = ""
    key: str = ""  # the query string that opens the mailbox
    token: str = "00000000-0000-4000-8000-000000000000"  # id of a token of the busy user


def stops(known: Known) -> dict[str, list[Stop]]:
    """Returns visitor → the pages that this visitor opens."""
    return {
        "nobody": [*_outside(), *_letters(known)],
        "newcomer": [
            Stop("empty", "/", is_live),
            *(Stop(f"{name}-empty", f"/{name}") for name in ("sessions", "search", "insights", "memory", "machines")),
            Stop("sync-empty", "/settings/sync"),
            Stop("notifications-empty", "/settings/notifications"),
            Stop("two-factor", "/settings/two-factor"),
            Stop("mails-closed", "/dev/mail", status=403),
        ],
        "busy": [*_work(), *_settings(known)],
        "demo": [
            Stop("demo", "/", is_live),
            Stop("demo-session", "/sessions/demo-1", has_map),
            Stop("demo-insights", "/insights", whole),
        ],
        "veteran": _years_of_work(),
        "guarded": [
            Stop("two-factor-on", "/settings/two-factor"),
            Stop("two-factor-codes", "/settings/two-factor/codes"),
            Stop("two-factor-off", "/settings/two-factor/off"),
        ],
    }


def _outside() -> list[Stop]:
    pages = ("sign-in", "sign-up", "forgot-password", "docs", "privacy", "terms", "security", "status")
    return [
        Stop("landing", "/"),
        *(Stop(name, f"/{name}") for name in pages),
        Stop("reference", "/docs/api"),
        Stop("sign-in-wrong", "/sign-in", sign_in_wrong, 401),
        Stop("sign-in-link", "/sign-in/link", status=400),
        Stop("not-found", "/nowhere", status=404),
        Stop("broken", "/status", lambda page: stand_in(page, "500.html")),
        Stop("away", "/status", lambda page: stand_in(page, "503.html")),
    ]


def _letters(known: Known) -> list[Stop]:
    dead = (("verify-email", 400), ("reset-password", 400), ("confirm-email", 400))
    return [
        *(Stop(f"{name}-dead", f"/{name}?token=x", status=status) for name, status in dead),
        Stop("mails", f"/dev/mail{known.key}"),
        Stop("mail", f"/dev/mail/{known.mail}{known.key}"),
        Stop("sign-in-code", "/sign-in/code", lambda page: half_way(page, known)),
        Stop("reset-password", f"/dev/mail/{known.mail}{known.key}", open_letter),
    ]


def _work() -> list[Stop]:
    tabs = [Stop(f"session-{view}", f"{SHOP}/{view}", open_all) for view in ("conversation", "files", "raw")]
    return [
        Stop("feed", "/", is_live),
        Stop("row", "/", open_row),
        Stop("feed-narrowed", "/?project=/home/ada/shop&time=7d", is_live),
        Stop("feed-nothing", "/?machine=nowhere"),
        Stop("search-narrowed", "/search?q=refund&project=/home/ada/shop&time=30d"),
        Stop("earlier", f"/?before={page_cursor.encode(4 * 10**15, 0)}"),
        Stop("feed-of-failures", "/?kind=failures", is_live),
        Stop("event", "/events/1"),
        Stop("sessions", "/sessions"),
        Stop("sessions-filtered", "/sessions?time=7d&state=waiting"),
        Stop("sessions-kept", "/sessions?time=30d&state=waiting", keep),
        Stop("session-cards", "/sessions?as=cards"),
        Stop("session", SHOP, has_map),
        Stop("session-change", SHOP, see_a_change),
        Stop("session-open", NOTES, open_all),
        *tabs,
        Stop("session-map", f"{SHOP}/map"),
        Stop("session-delete", f"{SHOP}/delete"),
        Stop("block", "/events/2/block"),
        Stop("files", "/files"),
        Stop("commits", "/commits"),
        Stop("commit", "/commits/4be1c2d"),
        Stop("file", "/files?path=billing/models.py", open_all),
        Stop("insights", "/insights", whole),
        Stop("insights-end", "/insights?time=1y", see_its_end),
        Stop("search", "/search?q=refund"),
        Stop("search-none", "/search?q=zebra"),
        Stop("search-error", "/search?q=before:noon"),
        Stop("memory", "/memory?project=/home/ada/shop"),
        Stop("memory-reasons", "/memory?project=/home/ada/shop", open_all),
        Stop("memory-edit", "/memory?project=/home/ada/shop", edit),
        Stop("model", "/memory/model", open_all),
        Stop("palette", SHOP, open_palette),
        Stop("keys", SHOP, open_keys),
    ]


def _years_of_work() -> list[Stop]:
    """The pages of sessions as they really go (`tests.dashboard.veteran`)."""
    long, huge, table = (f"/sessions/{one}" for one in (veteran.LONG, veteran.HUGE, veteran.TABLE))
    return [
        Stop("real-sessions", "/sessions"),
        Stop("real-sessions-by-cost", "/sessions?sort=-cost&automated=all"),
        Stop("real-session", long, has_map),
        Stop("real-session-open", huge, open_all),
        Stop("real-session-files", f"{long}/files", open_all),
        Stop("real-session-files-tree", f"{long}/files?view=tree&diff=unified", view_a_file),
        Stop("real-live", "/", is_live),
        Stop("real-files", "/files"),
        Stop("real-machines", "/machines"),
        Stop("real-memory", "/memory"),
        Stop("real-search", "/search?q=retry"),
        Stop("real-session-find", f"{long}/find?failed=yes"),
        Stop("real-table", table),
        Stop("real-conversation", f"{table}/conversation"),
        Stop("real-chinese", f"/sessions/{veteran.CHINESE}"),
        Stop("real-arabic", f"/sessions/{veteran.ARABIC}"),
        Stop("real-failed", "/sessions/failed-1"),
        Stop("real-imported", "/sessions/imported-1"),
        Stop("real-automated", "/sessions/cron-1"),
        Stop("real-insights", "/insights", whole),
        Stop("real-insights-year", "/insights?time=1y&chart=tokens&of=project", whole),
    ]


def _settings(known: Known) -> list[Stop]:
    return [
        Stop("machines", "/machines", show_a_token),
        Stop("machine-revoke", f"/machines/{known.token}/revoke"),
        Stop("settings", "/settings"),
        Stop("settings-end", "/settings", scroll),
        Stop("password", "/settings/password"),
        Stop("email", "/settings/email"),
        Stop("delete-account", "/settings/delete"),
        Stop("retention", "/settings/retention"),
        Stop("retention-shown", "/settings/retention", see_what_would_go),
        Stop("prices", "/settings/prices"),
        Stop("notifications", "/settings/notifications", open_all),
        Stop("sync", "/settings/sync"),
        Stop("two-factor-waiting", "/settings/two-factor", lambda page: page.wait_for_load_state("networkidle")),
        Stop("device", "/device"),
        Stop("device-asked", f"/device?user_code={known.device}", ask),
        Stop("not-found-inside", "/nowhere", status=404),
    ]


# --- Preparations of a page -----------------------------------------------------------------------------


def show_a_token(page: Page) -> None:
    page.evaluate("document.querySelector('.tokens .more').open = true")
    page.locator(".secret summary").first.click()


def is_live(page: Page) -> None:
    page.wait_for_selector("[data-state=live]")


def has_map(page: Page) -> None:
    is_live(page)
    page.wait_for_selector(".session-map svg")


def whole(page: Page) -> None:
    """Reloads until the page no longer says that its counts are behind. A panel may say that it lacks prices."""
    while page.locator("main > .behind").count():
        page.reload()


def see_its_end(page: Page) -> None:
    whole(page)
    open_all(page)
    scroll(page)


def scroll(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def open_all(page: Page) -> None:
    """Opens all collapsed elements except menus, also those that are loaded then."""
    page.wait_for_load_state("networkidle")
    for _ in range(2):
        page.evaluate("document.querySelectorAll('main details:not(.menu)').forEach((fold) => { fold.open = true; })")
        page.wait_for_selector(UNFILLED, state="detached")


def view_a_file(page: Page) -> None:
    page.locator(".viewed input").first.check()
    page.locator(".changed-file > details > summary").nth(1).click()
    page.wait_for_selector(UNFILLED, state="detached")


def see_a_change(page: Page) -> None:
    has_map(page)
    page.evaluate("document.querySelector('.change').closest('.step').scrollIntoView()")


def keep(page: Page) -> None:
    page.get_by_text("Save view").click()


def edit(page: Page) -> None:
    page.evaluate("document.querySelectorAll('.entries .menu').forEach((menu) => { menu.open = true; })")
    page.evaluate("document.querySelector('#notes').scrollIntoView()")


def open_row(page: Page) -> None:
    is_live(page)
    page.locator(".row.bad summary").first.click()
    page.wait_for_selector(".row.bad .step-foot")


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette-options [data-session]")


def open_keys(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")


def see_what_would_go(page: Page) -> None:
    page.fill("[name=days]", "30")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#preview")


def ask(page: Page) -> None:
    page.click("main form button")
    page.wait_for_load_state("networkidle")


def sign_in_wrong(page: Page) -> None:
    _sign_in(page, "nobody@example.com", "not the password")
    page.wait_for_selector("[role=alert]")


def half_way(page: Page, known: Known) -> None:
    _sign_in(page, known.guarded, known.password)
    page.wait_for_url("**/sign-in/code*")


def _sign_in(page: Page, email: str, password: str) -> None:
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main form button")


def open_letter(page: Page) -> None:
    """Opens the link in a mail."""
    page.locator("main a[href*='token=']").click()
    page.wait_for_url("**/reset-password*")


def stand_in(page: Page, template: str) -> None:
    """Shows a page that only a broken server sends."""
    page.route("**/broken", lambda route: route.fulfill(body=render_to_string(template), content_type="text/html"))
    page.goto("/broken")
