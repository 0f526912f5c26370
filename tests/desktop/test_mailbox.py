"""The mailbox of a local server: only its owner can read it, although every user of the machine reaches loopback."""

import re

import httpx

from accounts.models import LOCAL_EMAIL
from tests.accounts.calls import OTHER, forgot, press, secret
from tests.desktop.laptop import Laptop, path
from tests.people import PASSWORD

OWNER = "owner@example.com"
KEY = re.compile(r"http://\S+(/dev/mail\?key=\S+)")


def printed(laptop: Laptop) -> str:
    """Returns the path of the mailbox link that the start printed."""
    found = KEY.search(laptop.log.read_text())
    assert found, laptop.log.read_text()
    return found[1]


def owner(laptop: Laptop, browser: httpx.Client) -> None:
    """Signs in as the owner, and gives the owner a mail address if there is none."""
    press(browser, path(laptop.manage("sign_in_link").strip()))
    if LOCAL_EMAIL in browser.get("/settings").text:
        assert press(browser, "/settings/email", email=OWNER).status_code == 200
        assert press(browser, f"/confirm-email?token={secret(laptop.mails_to(OWNER)[-1])}").status_code == 302


def names(laptop: Laptop) -> list[str]:
    return [file.stem for file in (laptop.data / "mail").glob("*.eml")]


def test_another_user_of_the_machine_reads_no_mail(laptop: Laptop) -> None:
    with laptop.browser() as mine, laptop.browser() as thief:
        owner(laptop, mine)
        press(mine, "/settings/password", password=PASSWORD)
        forgot(thief, OWNER)
        laptop.mails_to(OWNER, count=2)
        for name in names(laptop):
            for page in ("/dev/mail", f"/dev/mail/{name}", f"/dev/mail/{name}/html"):
                for query in ("", "?key=", "?key=x", "?key=%ed%a0%80", "?key=" + "a" * 64):
                    refused = thief.get(page + query)
                    assert refused.status_code == 403
                    assert "token=" not in refused.text.replace("csrfmiddlewaretoken", "")
                assert thief.head(page).status_code == 403
                assert thief.post(page).status_code in {403, 405}
        assert OWNER in mine.get("/dev/mail").text


def test_nor_does_somebody_else_who_signed_up(laptop: Laptop) -> None:
    with laptop.browser() as mine, laptop.browser() as child:
        owner(laptop, mine)
        press(child, "/sign-up", email="child@example.com", password=PASSWORD)
        verified = press(child, f"/verify-email?token={secret(laptop.mails_to('child@example.com')[0])}")
        assert (verified.status_code, verified.headers["location"]) == (302, "/")  # signed in
        assert child.get("/dev/mail").status_code == 403
        assert "child@example.com" in mine.get("/dev/mail").text


def test_signing_up_and_a_forgotten_password_work_by_the_printed_link(laptop: Laptop) -> None:
    with laptop.browser() as browser:
        sent = press(browser, "/sign-up", email="guest@example.com", password=PASSWORD)
        assert "/dev/mail" in sent.text
        laptop.mails_to("guest@example.com")
        opened = browser.get(printed(laptop))
        # The redirect removes the key from the address.
        assert (opened.status_code, opened.headers["location"]) == (302, "/dev/mail")
        assert press(browser, link(browser, "guest@example.com", "verify-email")).status_code == 302
        press(browser, "/forgot-password", email="guest@example.com")
        laptop.mails_to("guest@example.com", count=2)
        assert press(browser, link(browser, "guest@example.com", "reset-password"), password=OTHER).status_code == 302
        assert press(browser, "/sign-in", email="guest@example.com", password=OTHER).status_code == 302


def link(browser: httpx.Client, address: str, page: str) -> str:
    """Returns the path of the link in the newest mail to this address, as the mailbox shows it."""
    names = re.findall(
        rf'<a href="(/dev/mail/[^"]+)">[^<]+</a>\s*<p class="hint">{address}', browser.get("/dev/mail").text
    )
    found = re.search(rf'href="http://[^/]+(/{page}\?token=[^"]+)"', browser.get(names[0]).text)
    assert found
    return found[1]


def test_signing_out_closes_the_mailbox(laptop: Laptop) -> None:
    with laptop.browser() as mine:
        owner(laptop, mine)
        assert mine.get("/dev/mail").status_code == 200
        mine.post("/sign-out", headers={"X-CSRFToken": mine.cookies["csrf"], "Referer": laptop.url})
        assert mine.get("/dev/mail").status_code == 403


def test_a_quiet_start_prints_no_key(laptop: Laptop) -> None:
    ran = laptop.run("-m", "memfog", "--quiet")
    assert f"{laptop.url}/dev/mail" in ran.stdout
    assert "key=" not in ran.stdout
    assert (laptop.data / "mailbox_key").stat().st_mode & 0o777 == 0o600
