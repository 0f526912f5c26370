"""A signed-in browser without scripts."""

import re
from html import unescape

import httpx

from accounts.models import User
from tests.accounts.calls import press
from tests.people import PASSWORD, Person
from tests.server import wait_for_answer


def sign_in(http: httpx.Client, user: User) -> httpx.Client:
    assert press(http, "/sign-in", email=user.email, password=PASSWORD).status_code == 302
    return http


def page(http: httpx.Client, path: str) -> str:
    """Returns a page with character references resolved, and each white space as one space."""
    return unescape(squeeze(source(http, path)))


def squeeze(text: str) -> str:
    """Replaces each white space by one space, except in preformatted text."""
    parts = re.split(r"(<(pre|textarea)\b.*?</\2>)", text, flags=re.DOTALL)
    return "".join(re.sub(r"\s+", " ", part) if at % 3 == 0 else part for at, part in enumerate(parts) if at % 3 != 2)


def source(http: httpx.Client, path: str) -> str:
    answer = wait_for_answer(lambda: http.get(path))
    assert answer.status_code == 200, answer.text
    return answer.text


def head(person: Person) -> int:
    return int(person.http.post("/sync/pull", json={"cursor": "", "limit": 1000}).json()["next_cursor"])
