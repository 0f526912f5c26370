from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx
import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.api_base.rate_counters import count_use
from accounts.api_base.rate_limit import CLIENT_RATE
from accounts.credentials import api_tokens
from accounts.models import User
from tests.accounts import hashing
from tests.accounts.calls import OTHER, address, bearer, forgot, login, press, register
from tests.people import PASSWORD, make_user
from tests.server import Server, new_address

ROUTES = ["/auth/register", "/auth/login", "/auth/forgot-password"]
ENOUGH = 30  # seconds that a test needs to reach a limit


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A client whose one-minute windows end after the test: each address and route has windows of its own."""
    source = new_address()
    while min(seconds_left(source, path) for path in ROUTES) < ENOUGH:
        source = new_address()
    with server.client(source) as client:
        yield client


@pytest.fixture
def inside(inside: Client) -> Iterator[Client]:
    """Requests in this process, of which the clock stands still: on a slow machine a new minute would begin."""
    with time_machine.travel(timezone.now(), tick=False):
        yield inside


def seconds_left(source: str, path: str) -> int:
    key = sha256(f"client {path.rpartition('/')[2]} {source}".encode()).hexdigest()
    usage = count_use(key, CLIENT_RATE, increment=False)
    assert usage
    return usage.seconds_left


def limited(answer: httpx.Response) -> bool:
    return answer.status_code == 429 and 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("path", ROUTES)
def test_the_eleventh_call_in_a_minute_is_refused(http: httpx.Client, path: str) -> None:
    answers = [http.post(path, json={}) for _ in range(11)]
    assert [answer.status_code for answer in answers[:10]] == [400] * 10
    assert limited(answers[10])
    assert (answers[10].json()["code"], answers[10].json()["retryable"]) == ("rate_limited", True)


def test_each_route_has_its_own_bucket(http: httpx.Client) -> None:
    # The limit is ten a minute. On a slow machine a new minute may begin during the loop.
    assert any(limited(login(http, address())) for _ in range(25))
    assert register(http, address()).status_code == 202
    assert forgot(http, address()).status_code == 202


def test_page_and_api_share_a_bucket(http: httpx.Client) -> None:
    for _ in range(5):
        assert http.post("/auth/login", json={}).status_code == 400
        assert press(http, "/sign-in", email=address(), password=OTHER).status_code == 401
    assert limited(http.post("/auth/login", json={}))
    page = press(http, "/sign-in", email="x@example.com", password=OTHER)
    assert limited(page)
    assert "Try again in" in page.text
    assert 'value="x@example.com"' in page.text


def test_reading_a_page_counts_nothing(http: httpx.Client) -> None:
    for _ in range(15):
        assert http.get("/sign-in").status_code == 200
    assert login(http, make_user().email).status_code == 200


def test_counts_are_exact_under_parallel_calls(http: httpx.Client) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: http.post("/auth/login", json={}).status_code, range(30)))
    # A new minute may begin during the calls. Then the calls of two minutes pass.
    assert answers.count(400) in {10, 20}


def test_a_refused_call_costs_no_hash(inside: Client, hashes: hashing.Count) -> None:
    body = {"email": address(), "password": OTHER}
    statuses = [inside.post("/auth/login", body, "application/json").status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert hashes.take() == 10


@pytest.mark.parametrize("header", ["X-Forwarded-For", "CF-Connecting-IP", "X-Real-IP", "Forwarded"])
def test_a_forged_header_changes_nothing(http: httpx.Client, header: str) -> None:
    answers = [http.post("/auth/login", json={}, headers={header: f"198.51.100.{n}"}) for n in range(11)]
    assert limited(answers[10])


def calls(client: Client, peer: str, times: int = 1, *, headers: dict[str, str] | None = None) -> list[int]:
    """Returns the statuses of empty logins from this address. 400 means that the rate limit let the request pass."""
    answers = [
        client.post("/auth/login", {}, "application/json", headers=headers, REMOTE_ADDR=peer) for _ in range(times)
    ]
    return [answer.status_code for answer in answers]


def test_a_trusted_proxys_header_names_the_client(inside: Client, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES, settings.CLIENT_IP_HEADER = ["192.0.2.0/24", "2001:db8::1"], "CF-Connecting-IP"
    assert calls(inside, "192.0.2.7", 11, headers={"CF-Connecting-IP": "198.51.100.1"})[10] == 429
    assert calls(inside, "2001:db8::1", headers={"CF-Connecting-IP": "198.51.100.1"}) == [429]
    assert calls(inside, "192.0.2.7", headers={"CF-Connecting-IP": "198.51.100.2"}) == [400]


def test_of_a_list_the_nearest_address_that_is_no_proxy_counts(inside: Client, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES, settings.CLIENT_IP_HEADER = ["192.0.2.0/24"], "X-Forwarded-For"
    for n in range(11):
        [status] = calls(inside, "192.0.2.8", headers={"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.9, 192.0.2.9"})
    assert status == 429


@pytest.mark.parametrize("junk", ["", "unknown", "198.51.100.4:80", "\u00e9", ",", "1.2.3.4, junk", "x" * 5000])
def test_junk_from_a_trusted_proxy_is_counted_as_the_proxy(inside: Client, settings: LazySettings, junk: str) -> None:
    settings.TRUSTED_PROXIES, settings.CLIENT_IP_HEADER = ["10.0.0.0/8"], "X-Forwarded-For"
    peer = str(inside.defaults["REMOTE_ADDR"])
    assert calls(inside, peer, 11, headers={"X-Forwarded-For": junk}) == [400] * 10 + [429]


def test_ipv6_is_counted_by_its_64(inside: Client) -> None:
    peers = [f"2001:db8:1:2::{n:x}" for n in range(1, 12)]
    assert [calls(inside, peer)[0] for peer in peers] == [400] * 10 + [429]
    assert calls(inside, "2001:db8:1:3::1") == [400]


def test_ipv4_within_ipv6_is_ipv4(inside: Client) -> None:
    assert calls(inside, "203.0.113.77", 10)[9] == 400
    assert calls(inside, "::ffff:203.0.113.77") == [429]
    assert calls(inside, "::ffff:203.0.113.78") == [400]


@pytest.mark.parametrize("peer", ["", "not an address", "fe80::1%eth0"])
def test_a_peer_without_an_address_is_limited_too(inside: Client, peer: str) -> None:
    assert calls(inside, peer, 21)[20] == 429


def test_an_exempt_office_is_not_counted(inside: Client, settings: LazySettings) -> None:
    settings.RATE_EXEMPT_IPS = ["203.0.113.200", "198.51.100.128/25"]
    for peer in ("203.0.113.200", "198.51.100.200"):
        assert calls(inside, peer, 15) == [400] * 15


@pytest.mark.parametrize("path", [*ROUTES, "/sign-up", "/sign-in", "/forgot-password"])
def test_without_a_store_nobody_is_let_in(
    inside: Client, settings: LazySettings, hashes: hashing.Count, path: str
) -> None:
    # Port 1 refuses connections.
    down = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {**settings.CACHES, "ratelimit": down}
    if path.startswith("/auth"):
        answer = inside.post(path, {"email": address(), "password": PASSWORD}, "application/json")
        assert answer.json()["code"] == "unavailable"
    else:
        answer = inside.post(path, {"email": address(), "password": PASSWORD})
        assert "<form" in answer.content.decode()
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert hashes.take() == 0


def test_a_store_that_loses_its_counts_lets_nobody_in(inside: Client, settings: LazySettings) -> None:
    lossy = {"BACKEND": "tests.accounts.lossy.LossyCache"}
    settings.CACHES = {**settings.CACHES, "ratelimit": lossy}
    assert calls(inside, "203.0.113.9") == [503]


def guess(client: Client, email: str, password: str, peer: str) -> int:
    body = {"email": email, "password": password}
    return client.post("/auth/login", body, "application/json", REMOTE_ADDR=peer).status_code


@pytest.mark.usefixtures("fast_hashes")
def test_a_hundred_wrong_guesses_from_a_hundred_addresses_are_throttled(inside: Client) -> None:
    victim, unknown = make_user().email, address()
    for email in (victim, unknown):
        statuses = [guess(inside, email, OTHER, f"100.64.{email == victim:d}.{n}") for n in range(100)]
        assert statuses.count(401) <= 40  # 20 an hour; a new hour may begin meanwhile
        assert statuses[-1] == 429
    assert guess(inside, victim, PASSWORD, "100.64.9.9") == 429


@pytest.mark.usefixtures("fast_hashes")
def test_guesses_at_one_account_leave_others_alone(inside: Client) -> None:
    victim, other = make_user().email, make_user().email
    for n in range(30):
        guess(inside, victim, OTHER, f"100.65.0.{n}")
    assert guess(inside, other, PASSWORD, "100.65.0.1") == 200


@pytest.mark.usefixtures("fast_hashes")
def test_the_owner_on_a_known_browser_still_signs_in(inside: Client) -> None:
    owner = make_user()
    assert inside.post("/sign-in", {"email": owner.email, "password": PASSWORD}).status_code == 302
    inside.post("/sign-out")
    for n in range(50):
        guess(Client(SERVER_NAME="127.0.0.1"), owner.email, OTHER, f"100.66.0.{n}")
    stranger = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR="100.66.1.1")
    body = {"email": owner.email, "password": PASSWORD}
    assert stranger.post("/sign-in", body).status_code == 429
    assert inside.post("/sign-in", body).status_code == 302


@pytest.mark.usefixtures("fast_hashes")
def test_a_machine_with_the_owners_token_still_signs_in(inside: Client) -> None:
    """Like a known browser, a machine with a valid API token of the account may sign in."""
    alice, bob = make_user(), make_user()
    for n in range(50):
        guess(Client(SERVER_NAME="127.0.0.1"), alice.email, OTHER, f"100.68.0.{n}")
    body = {"email": alice.email, "password": PASSWORD}

    def login_with(user: User, peer: str) -> int:
        headers = bearer(api_tokens.sign(user.tokens.get().id))
        return inside.post("/auth/login", body, "application/json", headers=headers, REMOTE_ADDR=peer).status_code

    assert login_with(bob, "100.68.1.1") == 429
    assert login_with(alice, "100.68.1.2") == 200
    junk = inside.post("/auth/login", body, "application/json", headers=bearer("mfg_x"), REMOTE_ADDR="100.68.1.3")
    assert junk.status_code == 429
    # A valid token does not allow unlimited guesses either.
    body["password"] = OTHER
    statuses = [login_with(alice, f"100.69.0.{n}") for n in range(50)]
    assert statuses.count(401) <= 40  # 20 an hour; a new hour may begin meanwhile
    assert statuses[-1] == 429


@pytest.mark.usefixtures("fast_hashes")
def test_a_browser_known_to_bob_is_a_stranger_to_alice(inside: Client) -> None:
    alice, bob = make_user(), make_user()
    assert inside.post("/sign-in", {"email": bob.email, "password": PASSWORD}).status_code == 302
    inside.post("/sign-out")
    for n in range(50):
        guess(Client(SERVER_NAME="127.0.0.1"), alice.email, OTHER, f"100.67.0.{n}")
    assert inside.post("/sign-in", {"email": alice.email, "password": PASSWORD}).status_code == 429
