"""`python -m tests.faults.person`: makes a user on the database of the environment; prints the id and an API token."""

import django

django.setup()

from accounts import tokens  # noqa: E402
from tests.people import make_user  # noqa: E402

if __name__ == "__main__":
    user = make_user()
    print(user.id, tokens.sign(tokens.create(user.id, name="faults").id))  # noqa: T201
