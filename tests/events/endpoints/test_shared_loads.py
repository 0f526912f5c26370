"""First requests of many users at once: each gets the answer of its own token."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx

from accounts.credentials import api_tokens
from events.isolation.row_security import acting_for_user
from events.models import Event
from tests.accounts.calls import bearer
from tests.events.make import make_event
from tests.people import make_user
from tests.server import Server


async def send_at_once(url: str, tokens: Sequence[str]) -> list[int]:
    async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=40)) as client:
        requests = (client.post("/ingest", json=make_event(), headers=bearer(token)) for token in tokens)
        return [answer.status_code for answer in await asyncio.gather(*requests)]


@acting_for_user
def count_events(user_id: UUID) -> int:
    return Event.objects.for_user(user_id).count()


def test_each_of_many_first_requests_is_answered_for_its_own_token(server: Server) -> None:
    users = [make_user() for _ in range(30)]
    ids: list[UUID] = [api_tokens.create(user.id, name="x").id for user in users]
    # Every third token is one that we signed and that is revoked since.
    mixed = [id_ for pair in zip(ids, (None, uuid4()) * 15, strict=True) for id_ in pair if id_]
    statuses = asyncio.run(send_at_once(server.url, [api_tokens.sign(id_) for id_ in mixed]))
    assert statuses == [200 if id_ in ids else 401 for id_ in mixed]
    assert [count_events(user.id) for user in users] == [1] * 30
