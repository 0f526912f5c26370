"""No path, query, form or header causes status 500, on any route and for any user.

The tests read routes and names of parameters from the code, so that they cover new ones, too.
"""

import re
import socket
from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import cycle
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client

from accounts.api_base.problem import is_api_path
from tests.events.make import make_event
from tests.examples import share
from tests.house.test_isolation import ADMIN, CSRF, STREAMS, django_routes, routes
from tests.people import Person
from tests.server import ROOT, Server

pytestmark = pytest.mark.sweep

# Hostile values, in the encoding of a URL.
VALUES = {
    "empty": "",
    "nul": "%00",
    "nul within": "a%00b",
    "half a character": "%ed%a0%80",
    "not UTF-8": "%ff%fe%c0%80",
    "long": "a" * 10_000,
    "digits": "9" * 10_000,
    "beyond a database": "9223372036854775808",
    "other digits": "%d9%a3%c2%b2",  # Arabic-Indic three, superscript two
    "separators": "%e2%80%a8%c2%85%0d%0a",
    "signs": "%25%27%22%3c%3b%5c%24%7b%7d",
    "dots": "..%2f..%2f",
}
# Names of the values for queries and forms.
WITHIN = ("empty", "half a character", "long", "digits", "beyond a database", "separators", "signs")
PLAIN = "1"
GROUPS = re.compile(r"\(\?P<\w+>[^)]*\)|<[^>]+>|[$^]")


def _names() -> list[str]:
    """Returns every name by which a view reads a parameter of a query or a form."""
    rooms = ("accounts", "dashboard", "events", "memfog", "memory", "sync")
    lines = [line for room in rooms for path in (ROOT / room).rglob("*.py") for line in path.read_text().splitlines()]
    read = [line for line in lines if re.search(r"\b(GET|POST|query|parse_qs|_given|forms\.|serializers\.)", line)]
    quoted = {name for line in read for name in re.findall(r'"([a-z_]{1,30})"', line)}
    return sorted(quoted | {found[1] for line in read if (found := re.match(r"    (\w+) = ", line))})


NAMES = _names()


def everywhere() -> list[str]:
    """Returns every route, also those of the admin."""
    return sorted({*routes(), *(route for route in django_routes() if route.startswith(ADMIN))})


def fill(route: str, value: str) -> str:
    return GROUPS.sub(lambda _: value, route)


@pytest.fixture
def askers(alice: Person) -> list[dict[str, str]]:
    """Request headers without credentials, with an API token, and with an access token."""
    alice.push(make_event("prompt_submit", data={"prompt": "x", "session_id": "s1"}))
    return [{}, {"Authorization": f"Bearer {alice.token}"}, {"Authorization": f"Bearer {alice.access_token()}"}]


def cookie(person: Person) -> dict[str, str]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    return {"Cookie": f"session={client.cookies['session'].value}; csrf={CSRF}"}


def ask(http: httpx.Client, method: str, path: str, **over: object) -> int:
    """Sends a request. Asserts that the status is below 500 and that API errors are JSON. Returns the status."""
    # Send the path unchanged: httpx would parse and normalize it.
    target = {"target": path.encode("latin-1")}
    with http.stream(method, "/", extensions=target, **over) as answer:  # type: ignore[arg-type]
        if "event-stream" in answer.headers.get("content-type", ""):
            return answer.status_code  # a stream never ends
        answer.read()
    assert answer.status_code < 500, (method, path[:200], over, answer.text[:500])
    if is_api_path(urlsplit(path).path) and answer.status_code >= 400:
        assert "json" in answer.headers["content-type"]
        assert answer.headers["x-request-id"]
    return answer.status_code


def ways(route: str) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yields requests with each value in the path, in all parameters of a query, and in all fields of a body."""
    plain = fill(route, PLAIN)
    kind = {"Content-Type": "application/json" if is_api_path(route) else "application/x-www-form-urlencoded"}
    if plain != route:
        yield from (("GET", fill(route, value), {}) for value in VALUES.values())
        yield "POST", fill(route, VALUES["nul"]), {}
    for value in (VALUES[name] for name in WITHIN):
        given = "&".join(f"{name}={value}" for name in NAMES)[:40_000]
        form = f"csrfmiddlewaretoken={CSRF}&{given}"
        yield "GET", f"{plain}?{given}", {}
        yield "POST", plain, {"content": form.encode(), "headers": kind}
    for odd in (VALUES["nul"], VALUES["not UTF-8"], "", "&", "=", "%", "%zz"):
        yield "GET", f"{plain}?{odd}=1&q={odd}", {}


@pytest.mark.parametrize("route", everywhere())
def test_hostile_text_in_every_parameter(
    route: str, http: httpx.Client, alice: Person, askers: list[dict[str, str]]
) -> None:
    turns = cycle([cookie(alice), cookie(alice), {}] if not is_api_path(route) else askers)
    refused: set[str] = set()  # methods that this route does not have
    for method, path, over in share(ways(route), route):
        headers = {**next(turns), **(over.get("headers") or {})}  # type: ignore[dict-item]
        if method not in refused:
            status = ask(http, method, path, **{**over, "headers": headers})
            refused |= {method} if status == HTTPStatus.METHOD_NOT_ALLOWED else set()


@pytest.mark.parametrize("name", sorted({*NAMES} & {"q", "project", "time", "zone", "before", "cursor", "from", "seq"}))
def test_hostile_text_in_one_parameter_of_a_page(name: str, http: httpx.Client, alice: Person) -> None:
    signed_in = cookie(alice)
    for path in ("/", "/sessions", "/search", "/insights", "/memory", "/sessions/s1/conversation"):
        for value in (VALUES[name] for name in WITHIN):
            ask(http, "GET", f"{path}?{name}={value}", headers=signed_in)


@pytest.mark.one_database
@pytest.mark.parametrize("route", [route for route in routes() if route not in STREAMS])
def test_more_members_than_are_read_are_refused(route: str, http: httpx.Client, alice: Person) -> None:
    """The front door refuses the request: with JSON on routes of the API, with a page on others."""
    many = "&".join(f"a{n}=1" for n in range(1_001))
    for headers in ({}, cookie(alice), {"Authorization": f"Bearer {alice.token}"}):
        answer = http.get(f"{fill(route, PLAIN)}?{many}", headers=headers)
        if route == "/healthz":
            assert answer.status_code == 200
            continue
        assert answer.status_code == 400
        kind = answer.headers["content-type"]
        assert kind.startswith("application/problem+json" if is_api_path(route) or "json" in kind else "text/html")
        if is_api_path(route):
            assert answer.json()["errors"][0]["loc"] == ["query"]


def test_a_thousand_members_are_read(http: httpx.Client) -> None:
    assert http.get("/sign-in?" + "&".join(f"a{n}=1" for n in range(1_000))).status_code == 200


def test_a_refused_page_is_a_page(http: httpx.Client) -> None:
    for path, status in (("/sign-in?q=%00", 400), ("/sessions/%00", 404), (f"/sign-in?q={'a' * 49_152}", 400)):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert "Go to dashboard" in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_what_cannot_name_anything_is_not_there(alice: Person) -> None:
    for name in ("%00", "a%00b"):
        for path in (f"/api/sessions/{name}", f"/api/sessions/{name}/timeline"):
            answer = alice.http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    signed_in = cookie(alice)
    for path in ("/sessions/%00", "/sessions/a%00b/map", "/events/%00/block", "/%00"):
        assert alice.http.get(path, headers=signed_in).status_code == 404


def test_forms_beyond_limits_are_refused(http: httpx.Client) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for form in ("&".join("a=1" for _ in range(1_001)), "email=%00", "%00=1", "email=\0"):
        assert http.post("/sign-in", content=form, headers=kind).status_code == 400


ODD_TYPES = [
    "application/x-www-form-urlencoded; charset=nonsense", "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=rot13", "application/x-www-form-urlencoded; charset*=nonsense''utf-8",
    "application/x-www-form-urlencoded; charset=idna", "application/x-www-form-urlencoded; charset=unicode_escape",
    "multipart/form-data", "multipart/form-data; boundary=x; charset=punycode", "text/plain", "x", "", ";", "a/b;c",
    "application/json; charset*=nonsense''utf-8", "application/json; charset*=''",
    "application/json; charset=undefined",
    "application/json; a*0*=''; a*1=%ff", "\xff\xfe/\xff", "application/json; charset=\"", "application/json;" * 200,
]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/", "/settings/password", "/me", "/auth/login", "/ingest", "/sync/push", "/mcp", "/api/events"],
)
def test_odd_content_types(path: str, fresh_http: Callable[[], httpx.Client], alice: Person) -> None:
    for kind in ODD_TYPES:
        http = fresh_http()
        credentials = {"Authorization": f"Bearer {alice.access_token()}"} if is_api_path(path) else cookie(alice)
        for method in ("GET", "POST", "DELETE"):
            headers = {**credentials, "Content-Type": kind.encode("latin-1")}
            ask(http, method, path, content=b"email=a&password=b", headers=headers)


ODD_HEADERS = {
    "Accept": [";;;/", "*/*;q=x", "text/html;version=1.0;\xff", "application/json;indent=-5",
               "application/json;indent=a"],
    "Origin": ["http://[", "https://[::1", "null", "http://\xff", "//", "http://a:b"],
    "Referer": ["http://[", "http://\xff", "x" * 8_000],
    "Cookie": ['session="\\000\\777"', "session=\xff\xfe; csrf=\xff", "=; ==", "session=" + "a" * 8_000,
               'messages="\\000"',
               "known_browser=\xff"],
    "Authorization": ["Bearer", "Bearer \xff", "Bearer " + "a" * 9_000, "\xff", "Bearer a.b.c",
                      "Bearer mfg_" + "z" * 43],
    "If-Modified-Since": ["x", "Thu, 01 Jan 99999 00:00:00 GMT", "\xff", "Thu, 99 Jan 1970 99:99:99 GMT"],
    "If-None-Match": ["*", '"', "\xff"],
    "Range": ["bytes=9-1", "bytes=-", "bytes=" + "9" * 5_000 + "-", "x", "bytes=0-0,2-3"],
    "Last-Event-ID": ["9" * 30, "-1", "x", "\xff", ""],
    "X-Forwarded-For": ["x", "::1%\xff", "1.1.1.1," * 900],
    "X-CSRFToken": ["\xff" * 32, "x" * 9_000],
    "X-Requested-With": ["fetch", "\xff"],
    "Access-Control-Request-Method": ["\xff"],
    "User-Agent": ["\xff" * 400, "a" * 9_000],
    "Content-Encoding": ["gzip", "\xff", "gzip, gzip", "br"],
    "Expect": ["100-continue", "x"],
    "Accept-Encoding": ["gzip;q=x", "\xff"],
}  # fmt: skip
PLACES = ["/", "/sign-in", "/settings", "/me", "/api/search", "/api/context", "/api/export", "/export", "/live/stream"]
PLACES += ["/api/events/stream", "/static/favicon.svg", "/memfog.tgz", "/openapi.json", "/admin/", "/ingest"]


@pytest.mark.parametrize("name", ODD_HEADERS)
def test_odd_headers(name: str, fresh_http: Callable[[], httpx.Client], alice: Person) -> None:
    for value in ODD_HEADERS[name]:
        http, both = fresh_http(), cookie(alice) | {"Authorization": f"Bearer {alice.token}"}
        for path in PLACES:
            ask(http, "GET", path, headers={**both, name: value.encode("latin-1")})
        for path in ("/sign-in", "/me", "/ingest"):
            ask(http, "POST", path, headers={**both, name: value.encode("latin-1")})
            ask(http, "OPTIONS", path, headers={**both, name: value.encode("latin-1")})


TARGETS = [
    b"GET /%zz?%zz HTTP/1.1", b"GET /\xff\xfe?\xff HTTP/1.1", b"GET //evil/../../ HTTP/1.1", b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1", b"CONNECT a:443 HTTP/1.1", b"GET http://[/ HTTP/1.1", b"GET /? HTTP/1.1",
    b"GET /?& HTTP/1.1",
    b"GET http://127.0.0.1/sign-in HTTP/1.1", b"BREW / HTTP/1.1", b"TRACE / HTTP/1.1", b"GET /;a=b HTTP/1.1",
    b"GET /#a HTTP/1.1", b"GET /\x01 HTTP/1.1", b"PROPFIND /me HTTP/1.1", b"HEAD /api/export HTTP/1.1",
    b"GET ? HTTP/1.1",
]  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_odd_request_lines(target: bytes, server: Server) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as peer:
        peer.sendall(target + b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        first = peer.makefile("rb").readline()
    # The server may close the connection without an answer if the request is not HTTP.
    assert not first.startswith(b"HTTP/1.1 5") or first.startswith(b"HTTP/1.1 501"), first
    assert httpx.get(f"{server.url}/healthz").text == "ok"


def test_names_are_found() -> None:
    """With an empty list of names, many tests above would pass without a test of anything."""
    assert {"q", "project", "token", "next", "seq", "email", "before", "title"} - {*NAMES} == {"seq"}
