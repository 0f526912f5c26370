import itertools
import os
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.accounts import hashing
from tests.server import Server

_addresses = itertools.count(1)


@pytest.fixture
def mails(server: Server) -> Server:
    """The server, under a name that reads better in `mails.mails_to(address)`."""
    return server


@pytest.fixture
def inside(django_db_setup: None) -> Client:
    """Django's test client with its own address, for tests that change the clock or a setting of this process."""
    number = next(_addresses)
    return Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR=f"10.{os.getpid() % 250}.{number // 250}.{number % 250 + 1}")


@pytest.fixture
def hashes(settings: LazySettings) -> Iterator[hashing.Count]:
    """Counts the password hashes of this process."""
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.Counted"]
    with hashing.counting() as count:
        yield count


@pytest.fixture
def fast_hashes(settings: LazySettings) -> None:
    """Makes this process hash passwords fast, for tests of many guesses. Users made before cannot sign in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def by_postman(settings: LazySettings) -> None:
    """Makes this process send mail itself, also in a run that has a broker."""
    settings.REDIS_URL = ""
