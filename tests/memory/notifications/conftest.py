"""A receiver, and a signed-in browser of Alice."""

from collections.abc import Iterator

import httpx
import pytest

from tests.dashboard.visitor import sign_in
from tests.memory.notifications.receiver import Receiver, receiving
from tests.people import Person


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def browser(http: httpx.Client, alice: Person) -> httpx.Client:
    return sign_in(http, alice.user)
