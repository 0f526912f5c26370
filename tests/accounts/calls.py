"""Requests and readers of answers that many tests of accounts use."""

import re
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx

from tests.people import PASSWORD

OTHER = "another horse, another battery"


def address() -> str:
    return f"{uuid4().hex}@example.com"


def register(http: httpx.Client, email: str, **over: Any) -> httpx.Response:
    return http.post("/auth/register", json={"email": email, "password": PASSWORD, **over})


def verify(http: httpx.Client, token: str) -> httpx.Response:
    return http.post("/auth/verify-email", json={"token": token})


def login(http: httpx.Client, email: str, password: str = PASSWORD, **over: Any) -> httpx.Response:
    return http.post("/auth/login", json={"email": email, "password": password, **over})


def forgot(http: httpx.Client, email: str) -> httpx.Response:
    return http.post("/auth/forgot-password", json={"email": email})


def reset(http: httpx.Client, token: str, password: str = OTHER) -> httpx.Response:
    return http.post("/auth/reset-password", json={"token": token, "password": password})


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def secret(mail: EmailMessage) -> str:
    """Returns the token of the link in this mail."""
    found = re.search(r"\?token=(\S+)", text(mail))
    assert found, text(mail)
    return found[1]


def without_id(answer: httpx.Response) -> dict[str, Any]:
    """Returns the JSON body without the request id."""
    return {key: value for key, value in answer.json().items() if key != "request_id"}


def fields(answer: httpx.Response) -> set[str]:
    """Returns the names of the fields that a 400 answer rejects."""
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_input"
    return {error["loc"][0] for error in answer.json()["errors"]}


def press(http: httpx.Client, path: str, **values: str) -> httpx.Response:
    """Opens a page and sends its form, as a browser does."""
    page = http.get(path)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    hidden = re.findall(r'<input type="hidden" name="(token|next)" value="([^"]*)"', page.text)
    form = {"csrfmiddlewaretoken": found[1], **dict(hidden), **values}
    return http.post(path.partition("?")[0], data=form, headers={"Referer": str(http.base_url)})


def sign_in(http: httpx.Client, email: str, password: str = PASSWORD, then: str = "") -> httpx.Response:
    return press(http, f"/sign-in{then}", email=email, password=password)


def send(http: httpx.Client, path: str, **values: str) -> httpx.Response:
    """Sends a form of a page that this browser has opened before."""
    headers = {"X-CSRFToken": http.cookies["csrf"], "Referer": str(http.base_url)}
    return http.post(path, data=values, headers=headers)


def is_in(http: httpx.Client) -> bool:
    """Whether this browser is signed in."""
    return http.get("/settings").status_code != 302
