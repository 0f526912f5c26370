"""Sends the requests that schemathesis generates to the real server."""

import itertools
import os
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from schemathesis import Case

DEADLINE = 30.0  # seconds
_numbers = itertools.count(1)


class _From(HTTPAdapter):
    """Connects from this address, so that requests do not share a rate limit."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, source_address=(self.source, 0))


def _source() -> str:
    # Outside the addresses of the other tests, which end at 127.250.
    number = next(_numbers)
    return f"127.{251 + os.getpid() % 4}.{number // 250 % 250}.{1 + number % 250}"


def send(case: Case[Any], url: str, headers: dict[str, str]) -> requests.Response:
    """Sends this case. Returns the answer; of a stream, only the headers are read."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", _From(_source()))
        kwargs = case.as_transport_kwargs(base_url=url, headers=headers)
        answer = session.request(**kwargs, stream=True, timeout=DEADLINE, allow_redirects=False)
        if answer.headers.get("content-type") == "text/event-stream":
            answer._content = b""  # the stream never ends
            answer.close()
        assert answer.content is not None  # reads the answer before the session closes
        return answer
