"""`python -m tests.faults.parts.person <count>`: creates users in the environment's database.

Prints a line for each: the id, an API token and the key of a browser session.
"""

import sys

import django

django.setup()

from django.test import Client  # noqa: E402

from accounts.credentials import api_tokens  # noqa: E402
from tests.people import make_user  # noqa: E402


def make() -> str:
    user, browser = make_user(), Client(SERVER_NAME="127.0.0.1")
    browser.force_login(user)
    token = api_tokens.sign(api_tokens.create(user.id, name="faults").id)
    return f"{user.id} {token} {browser.cookies['session'].value}"


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        print(make())  # noqa: T201
