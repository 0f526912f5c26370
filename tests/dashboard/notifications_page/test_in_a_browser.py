"""Chromium shows a push message, opens its session by a click, and closes it when it was answered."""

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.dashboard.looking import cookies
from tests.memory.notifications.push_service import Subscription
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.browser

TAG = "0d3c2f0e-52e9-4f39-9a4e-6e2c5a6f7b11"
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""
REGISTER = """async () => {
  await navigator.serviceWorker.register("/service-worker.js");
  await navigator.serviceWorker.ready;
}"""
# A test cannot click outside of the page: it sends the event of a click, and records what the browser would open.
CLICK = """async () => {
  const opened = new Promise((resolve) => { self.clients.openWindow = async (url) => resolve(url); });
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  return opened;
}"""


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    """A page in the full Chromium: the headless shell shows no notifications."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        context = browser.new_context(base_url=server.url, permissions=["notifications"])
        page = context.new_page()
        page.goto("/sign-in")
        yield page
        browser.close()


class Worker:
    """The service worker of a page, and the tool of DevTools that gives it a message."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.session = page.context.new_cdp_session(page)
        self.ids: list[str] = []
        self.session.on("ServiceWorker.workerRegistrationUpdated", self._hear)
        self.session.send("ServiceWorker.enable")
        page.evaluate(REGISTER)
        self._wait(lambda: bool(self.ids))

    def _hear(self, event: dict[str, Any]) -> None:
        self.ids += [one["registrationId"] for one in event["registrations"]]

    def _wait(self, condition: Callable[[], bool]) -> None:
        def is_so() -> bool:
            self.page.wait_for_timeout(20)  # the page handles events of DevTools meanwhile
            return condition()

        wait_for(is_so, seconds=30)

    def push(self, **message: object) -> None:
        values = {"origin": self.origin, "registrationId": self.ids[0], "data": json.dumps(message)}
        self.session.send("ServiceWorker.deliverPushMessage", values)

    def wait_for_shown(self, *titles: str) -> list[dict[str, Any]]:
        self._wait(lambda: [one["title"] for one in self.page.evaluate(SHOWN)] == [*titles])
        shown: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return shown


# No push service can be reached from a test: the browser gives this subscription.
SUBSCRIBE = "PushManager.prototype.subscribe = async (options) => ({ toJSON: () => (%s) });"


def test_a_browser_subscribes_by_a_click(alice: Person, server: Server, page: Page) -> None:
    form = Subscription("https://push.test").form
    given = {"endpoint": form["endpoint"], "keys": {"p256dh": form["p256dh"], "auth": form["auth"]}}
    page.context.add_cookies(cookies(server, alice))
    page.add_init_script(SUBSCRIBE % json.dumps(given))
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Notify this browser").click()
    page.get_by_text("Choose what it gets, and send a test").wait_for()
    assert page.locator(".channel h3 bdi").all_inner_texts() == ["Chrome on Linux"]


def test_a_push_message_is_shown_withdrawn_and_opened_by_a_click(server: Server, page: Page) -> None:
    worker = Worker(page, server.url)
    message = {"title": "Needs permission: infra", "body": "Roll it out", "tag": TAG, "path": "/sessions/s1"}
    worker.push(**message)
    (shown,) = worker.wait_for_shown("Needs permission: infra")
    assert (shown["body"], shown["tag"], shown["data"]) == ("Roll it out", TAG, {"path": "/sessions/s1"})
    worker.push(**message, withdrawn=True)
    worker.wait_for_shown()
    for path, url in (("/sessions/s1", f"{server.url}/sessions/s1"), ("https://evil.test/", server.url)):
        worker.push(title="Error", tag="t", path=path)
        worker.wait_for_shown("Error")
        assert page.context.service_workers[0].evaluate(CLICK) == url
        worker.wait_for_shown()
