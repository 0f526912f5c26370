"""The account of the owner of a local server, and the link that signs the owner in."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from accounts.models import LOCAL_EMAIL
from tests.accounts.calls import press, secret
from tests.desktop.laptop import Laptop, path
from tests.people import PASSWORD


def new_link(laptop: Laptop) -> str:
    return path(laptop.manage("sign_in_link").strip())


def test_the_printed_link_signs_in_once(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path).start()
    try:
        with laptop.browser() as browser, laptop.browser() as thief:
            # A preview of the link, as by browsers and chat programs, does not use it up.
            assert [thief.get(laptop.link()).status_code, thief.head(laptop.link()).status_code] == [200, 200]
            came_in = press(browser, laptop.link())
            assert (came_in.status_code, came_in.headers["location"]) == (302, "/")
            assert "Waiting for the first event" in browser.get("/").text
            again = thief.get(laptop.link())
            assert again.status_code == 400
            assert "manage.py sign_in_link" in again.text
            assert thief.get("/settings").status_code == 302
            assert "Max-Age=31536000" in came_in.headers["set-cookie"]
    finally:
        laptop.stop()
    first = laptop.link()
    laptop.start()
    try:
        # The account is the same, the link is another, and the browser is still signed in.
        assert laptop.link() != first
        with laptop.browser() as other:
            press(other, laptop.link())
            assert other.get("/settings").text.count("sign-in/link") == 0
            assert LOCAL_EMAIL in other.get("/settings").text
        assert laptop.run("-m", "memfog").stdout.startswith(f"Memfog is already running on {laptop.url}.")
        assert laptop.is_up()
    finally:
        laptop.stop()
    assert not (laptop.data / "server.json").exists()


def test_a_newer_link_ends_the_one_before(laptop: Laptop) -> None:
    older, newer = new_link(laptop), new_link(laptop)
    with laptop.browser() as browser:
        assert browser.get(older).status_code == 400
        assert press(browser, newer).status_code == 302


def test_of_two_at_once_one_comes_in(laptop: Laptop) -> None:
    link = new_link(laptop)
    browsers = [laptop.browser() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: try_to_press(browser, link), browsers))
    for browser in browsers:
        browser.close()
    assert answers.count(302) == 1


def try_to_press(browser: httpx.Client, link: str) -> int:
    try:
        return press(browser, link).status_code
    except AssertionError:  # the page says that the link is used
        return 400


def test_the_owner_needs_no_password_until_they_set_one(laptop: Laptop) -> None:
    with laptop.browser() as browser:
        press(browser, new_link(laptop))
        assert 'name="current"' not in browser.get("/settings/password").text
        assert press(browser, "/settings/password", password="password").status_code == 400
        assert press(browser, "/settings/password", password=PASSWORD).status_code == 302
        assert 'name="current"' in browser.get("/settings/password").text
    with laptop.browser() as elsewhere:
        assert press(elsewhere, "/sign-in", email=LOCAL_EMAIL, password=PASSWORD).status_code == 302
        assert press(elsewhere, "/settings/email", email="owner@example.com", current="wrong").status_code == 401
        assert press(elsewhere, "/settings/email", email="owner@example.com", current=PASSWORD).status_code == 200
        (mail,) = laptop.mails_to("owner@example.com")
        assert press(elsewhere, f"/confirm-email?token={secret(mail)}").status_code == 302
        assert "owner@example.com" in elsewhere.get("/settings").text
    with laptop.browser() as third:
        assert press(third, new_link(laptop)).status_code == 302
        assert "owner@example.com" in third.get("/settings").text
    assert not [mail for mail in laptop.mails() if LOCAL_EMAIL in str(mail["To"])]


def test_a_household_signs_up_beside_the_owner(laptop: Laptop) -> None:
    with laptop.browser() as browser:
        press(browser, "/sign-up", email="child@example.com", password=PASSWORD)
        (mail,) = laptop.mails_to("child@example.com")
        assert press(browser, f"/verify-email?token={secret(mail)}").status_code == 302
        assert "child@example.com" in browser.get("/settings").text
        # The link still belongs to the owner: it signs this browser in as the owner instead.
        assert press(browser, new_link(laptop)).status_code == 302
        assert "child@example.com" not in browser.get("/settings").text


def test_the_file_beside_the_keys_is_the_owners_alone(laptop: Laptop) -> None:
    file = laptop.data / "server.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with laptop.browser() as browser:
        me = browser.get("/me", headers={"Authorization": f"Bearer {laptop.token()}"})
    assert me.json()["email_verified"] is True


def test_where_people_signed_up_before_no_account_is_made(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    laptop.migrate()
    laptop.manage("createsuperuser", "--noinput", "--email", "first@example.com")
    laptop.start()
    try:
        assert "/sign-in/link" not in laptop.log.read_text()
        assert f"Sign up at {laptop.url}/sign-up" in laptop.log.read_text()
        refused = laptop.run("manage.py", "sign_in_link")
        assert refused.returncode == 1
        assert f"Sign in at {laptop.url}/sign-in" in refused.stderr
        assert "token" not in (laptop.data / "server.json").read_text()
    finally:
        laptop.stop()


def test_a_quiet_start_prints_no_link_and_leaves_the_one_in_force(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path).start("--quiet")
    try:
        assert "/sign-in/link" not in laptop.log.read_text()
        link = new_link(laptop)
        assert "already" in laptop.run("-m", "memfog", "--quiet").stdout
        with laptop.browser() as browser:
            assert press(browser, link).status_code == 302
    finally:
        laptop.stop()


def test_a_port_that_something_else_has_is_named(laptop: Laptop, tmp_path: Path) -> None:
    other = Laptop(tmp_path, PORT=laptop.environment["PORT"])
    other.migrate()
    refused = other.run("-m", "memfog")
    assert refused.returncode == 1
    assert f"Another program uses port {laptop.environment['PORT']}" in refused.stderr
    assert laptop.is_up()


def test_without_tables_it_says_how_to_make_them(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    refused = laptop.run("manage.py", "sign_in_link")
    assert refused.returncode == 1
    assert "manage.py migrate" in refused.stderr


def test_a_server_that_others_reach_has_no_owner(tmp_path: Path) -> None:
    keys = {"SECRET_KEY": "s" * 50, "TOKEN_KEY": "t" * 50}
    laptop = Laptop(tmp_path, PUBLIC_URL="https://memfog.example", **keys)
    laptop.migrate()
    refused = laptop.run("manage.py", "sign_in_link")
    assert refused.returncode == 1
    assert "not a local server" in refused.stderr
