"""Credentials never appear in logs or errors, and the cookies of a browser are protected."""

import os
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from accounts.credentials import api_tokens, token_revocation
from tests.accounts.calls import address, bearer, secret, send
from tests.environment import free_port
from tests.people import PASSWORD, Person, make_user
from tests.server import Server, wait_for

TLS = {"Host": "app.example.com", "Referer": "https://app.example.com/"}


@pytest.fixture(scope="module")
def behind_proxy(server: Server) -> Iterator[Server]:
    """A server whose public URL begins with https, as behind a proxy that terminates TLS."""
    keys = {"SECRET_KEY": "s" * 50, "TOKEN_KEY": "t" * 50, "EMAIL_URL": "smtp://127.0.0.1:1"}
    running = Server(free_port(), PUBLIC_URL="https://app.example.com", **keys).start()
    yield running
    running.stop()


@pytest.fixture
def tls(behind_proxy: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=behind_proxy.url, headers=TLS, verify=False) as client:
        yield client


@pytest.mark.usefixtures("database")
def test_over_tls_every_cookie_is_locked_to_this_host(tls: httpx.Client) -> None:
    user = make_user()
    csrf = _cookies(tls.get("/sign-in"))
    token = csrf["__Host-csrf"].value
    form = {"email": user.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = tls.post("/sign-in", data=form, headers={"Cookie": f"__Host-csrf={token}"})
    assert answer.status_code == 302
    cookies = SimpleCookie(csrf)
    cookies.update(_cookies(answer))
    assert set(cookies) >= {"__Host-csrf", "__Host-session", "__Host-known"}
    for name, cookie in cookies.items():
        assert name.startswith("__Host-")
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), name
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def _cookies(answer: httpx.Response) -> SimpleCookie:
    cookies = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    return cookies


def test_a_form_from_the_same_name_without_tls_is_refused(tls: httpx.Client) -> None:
    token = _cookies(tls.get("/sign-in"))["__Host-csrf"].value
    form = {"email": address(), "password": PASSWORD, "csrfmiddlewaretoken": token}
    for other in ("http://app.example.com/", "https://evil.example.com/"):
        headers = {"Cookie": f"__Host-csrf={token}", "Referer": other}
        assert tls.post("/sign-in", data=form, headers=headers).status_code == 403


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server with log level DEBUG, and the file that gets its log."""
    log = tmp_path / "log"
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            running = Server(free_port(), LOG_LEVEL="DEBUG").start()
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)
    yield running, log
    running.stop()


def test_no_credential_is_written_to_the_log_or_an_error(talkative: tuple[Server, Path], alice: Person) -> None:
    server, log = talkative
    access, revoked = alice.access_token(), api_tokens.sign(api_tokens.create(alice.id, name="old").id)
    token_revocation.revoke(alice.id, api_tokens.verify(revoked))  # type: ignore[arg-type]
    credentials = [alice.token, access, revoked, PASSWORD]
    answers = []
    with httpx.Client(base_url=server.url, verify=False) as http:
        for credential in credentials[:3]:
            for path in ("/me", "/sync/pull", "/api/nothing", "/api/tokens", "/ingest", "/sync/push"):
                for method in ("GET", "POST", "DELETE"):
                    answers.append(http.request(method, path, headers=bearer(credential), content=b"{"))
        # Credentials in a query, a wrong field and a path, too.
        answers.append(http.get("/me", params={"token": alice.token}))
        answers.append(http.post("/auth/login", json={"email": PASSWORD, "password": [alice.token]}))
        answers.append(http.get(f"/{alice.token}"))
        http.post("/auth/forgot-password", json={"email": alice.user.email})
        [mail] = server.mails_to(alice.user.email)
        link = secret(mail)
        answers.append(http.get("/reset-password", params={"token": link + "x"}))
        http.get("/sign-in")
        answers.append(send(http, "/sign-in", email="no", password=PASSWORD))
    assert not [answer.url for answer in answers if answer.status_code >= 500]
    bodies = "".join(answer.text for answer in answers if answer.status_code not in {200, 201})
    # A server without mail settings prints each mail for its owner. The link in that mail is no leak.
    written = "\n".join(
        line for line in log.read_text(errors="replace").splitlines() if "/reset-password?token=" not in line
    )
    for credential in [*credentials, link]:
        assert credential not in written
    for credential in credentials:
        assert credential not in bodies.replace(f"/{alice.token}", "")


def test_a_token_revoked_on_one_server_is_refused_by_the_other(
    http: httpx.Client, alice: Person, spare: Server
) -> None:
    with httpx.Client(base_url=spare.url, headers=bearer(alice.token), verify=False) as there:
        assert there.get("/me").status_code == 200
        path = f"/api/tokens/{api_tokens.verify(alice.token)}"
        assert http.delete(path, headers=bearer(alice.access_token())).status_code == 204
        wait_for(lambda: there.get("/me").status_code == 401, seconds=5)
        assert there.post("/sync/push", json={"events": []}).status_code == 401
        assert there.post("/ingest", json={"events": []}).status_code == 401


def test_what_only_captures_reads_nothing(http: httpx.Client, alice: Person) -> None:
    made = http.post("/api/tokens", json={"name": "x", "scopes": ["capture"]}, headers=bearer(alice.access_token()))
    mine = bearer(made.json()["token"])
    answers = [
        http.post("/sync/pull", json={}, headers=mine),
        http.get("/api/events/stream", headers=mine),
        http.get("/api/tokens", headers=mine),
        http.request("DELETE", "/me", json={"password": PASSWORD}, headers=mine),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "forbidden")] * 4
    assert http.get("/me", headers=mine).status_code == 200


def test_who_presses_back_after_signing_out_sees_nothing(http: httpx.Client) -> None:
    user = make_user()
    http.get("/sign-in")
    send(http, "/sign-in", email=user.email, password=PASSWORD)
    pages = ["/", "/machines", "/settings"]
    assert all("no-store" in http.get(page).headers["cache-control"] for page in pages)
    session = http.cookies["session"]
    send(http, "/sign-out")
    http.cookies.set("session", session)
    assert user.email not in "".join(http.get(page).text for page in pages)
