"""Simulates users at a server: events at a constant rate, open streams and loads of pages."""

import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID, uuid4

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from accounts.credentials import api_tokens
from accounts.credentials.browser_sessions import SessionStore
from accounts.models import Scope, Token, User
from script.benchmarks.live import StreamClient
from script.benchmarks.shared import workday

HOST = "127.0.0.1"
SENDER_COUNT = 32  # keep-alive connections
POOL_SIZE = 1_000  # different events
PAGES = ("/", "/live/wall", "/sessions")
DRAIN_S = 5.0  # seconds for events that are still on their way to a stream
_CONTENT_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class FleetUser:
    id: UUID
    token: str
    cookie: str


@dataclass
class Latencies:
    """Milliseconds of each request, from the moment at which it was due; and of each event until it was streamed."""

    ingest: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    streams: list[float] = field(default_factory=list)
    refused: int = 0


def make_users(count: int, *, viewers: int) -> list[FleetUser]:
    """Creates users with a token each; the first `viewers` have a session of a browser."""
    now = timezone.now()
    rows = [User(email=f"{uuid4().hex}@example.com", email_verified_at=now) for _ in range(count)]
    User.objects.bulk_create(rows)
    tokens = Token.objects.bulk_create([Token(user=user, name="bench", scope=Scope.FULL) for user in rows])
    return [
        FleetUser(user.id, api_tokens.sign(token.id), _sign_in(user) if number < viewers else "")
        for number, (user, token) in enumerate(zip(rows, tokens, strict=True))
    ]


def _sign_in(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.id), "accounts.authentication.PasswordBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"session={store.session_key}"


@cache
def load_event(number: int) -> str:
    """Makes the JSON of event `number` of a working day, without its id."""
    event = json.loads(workday.make_event(number % POOL_SIZE))
    del event["id"]
    return json.dumps(event, separators=(",", ":"))[1:]


class FleetLoad:
    """The users of one run. Event `n` of a user follows event `n - 1`; each run begins with event `first`."""

    def __init__(self, port: int, users: Sequence[FleetUser], *, per_second: float, seconds: float, first: int) -> None:
        self.port, self.users, self.per_second, self.seconds, self.first = port, users, per_second, seconds, first
        self.latencies, self.sent = Latencies(), dict[str, tuple[int, float]]()
        self.order = random.Random(1).sample(range(len(users)), len(users))

    async def run(self, *, streams: int, pages_per_second: float) -> Latencies:
        followers = [await StreamClient(HOST, self.port, user.token).open() for user in self.users[:streams]]
        viewers = [user for user in self.users if user.cookie]
        start, total = time.perf_counter() + 0.5, int(self.per_second * self.seconds)
        pages = int(pages_per_second * self.seconds)
        await asyncio.gather(
            *(self._send(number, total, start) for number in range(SENDER_COUNT)),
            *(self._view(viewers, number, pages, start) for number in range(len(viewers))),
        )
        await self._await_streams(followers)
        for follower in followers:
            await follower.close()
        return self.latencies

    async def _send(self, first: int, total: int, start: float) -> None:
        connection = await Connection.open(self.port)
        for number in range(first, total, SENDER_COUNT):
            due = start + number / self.per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            index, id_ = self.order[number % len(self.users)], str(uuid4())
            text = load_event(self.first + index % 37 * 20 + number // len(self.users))
            body = f'{{"id":"{id_}",{text}'.encode()
            self.sent[id_] = index, due
            status = await connection.request("POST /ingest", f"Authorization: Bearer {self.users[index].token}", body)
            self.latencies.refused += status != 200
            self.latencies.ingest.append((time.perf_counter() - due) * 1_000)
        connection.close()

    async def _view(self, viewers: Sequence[FleetUser], first: int, total: int, start: float) -> None:
        connection = await Connection.open(self.port)
        for number in range(first, total, len(viewers)):
            due = start + number / total * self.seconds
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            status = await connection.request(f"GET {PAGES[number % len(PAGES)]}", f"Cookie: {viewers[first].cookie}")
            self.latencies.refused += status != 200
            self.latencies.pages.append((time.perf_counter() - due) * 1_000)
        connection.close()

    async def _await_streams(self, followers: Sequence[StreamClient]) -> None:
        expected = {id_: sent for id_, sent in self.sent.items() if sent[0] < len(followers)}
        until = time.perf_counter() + DRAIN_S
        while time.perf_counter() < until and any(id_ not in followers[i].arrived for id_, (i, _) in expected.items()):
            await asyncio.sleep(0.05)
        arrived = {id_: followers[index].arrived.get(id_) for id_, (index, _) in expected.items()}
        self.latencies.refused += sum(at is None for at in arrived.values())
        self.latencies.streams += [(at - expected[id_][1]) * 1_000 for id_, at in arrived.items() if at is not None]


class Connection:
    """A keep-alive connection of HTTP. It is opened again if the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port

    @classmethod
    async def open(cls, port: int) -> "Connection":
        connection = cls(port)
        await connection._connect()
        return connection

    async def _connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(HOST, self.port)

    async def request(self, line: str, header: str, body: bytes = b"") -> int:
        """Returns the status; 0 if the server broke the connection."""
        head = f"{line} HTTP/1.1\r\nHost: {HOST}\r\n{header}\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            self.writer.write(head.encode() + body)
            answer = await self.reader.readuntil(b"\r\n\r\n")
            length = _CONTENT_LENGTH.search(answer)
            await self.reader.readexactly(int(length[1]) if length else 0)
            return int(answer.split(b" ", 2)[1])
        except (OSError, asyncio.IncompleteReadError):
            await self._connect()
            return 0

    def close(self) -> None:
        self.writer.close()
