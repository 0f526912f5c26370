"""`python -m tests.faults.person`: creates a user in the environment's database. Prints the id and an API token."""

import django

django.setup()

from accounts.credentials import api_tokens  # noqa: E402
from tests.people import make_user  # noqa: E402

if __name__ == "__main__":
    user = make_user()
    print(user.id, api_tokens.sign(api_tokens.create(user.id, name="faults").id))  # noqa: T201
