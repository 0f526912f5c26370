"""Native routes and Django routes answer in the same way."""

import httpx
import pytest
from django.conf import settings

from tests.server import Server, wait_for

OUR_ORIGIN = "https://app.memfog.com"
ASIDE = {"content-type", "content-length", "date", "x-request-id", "server", "cache-control"}


def common(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ASIDE}


@pytest.mark.parametrize("origin", ["", OUR_ORIGIN, "https://evil.example", "null"])
def test_native_answers_carry_djangos_headers(http: httpx.Client, origin: str) -> None:
    headers = {"Origin": origin} if origin else {}
    native = http.post("/ingest", headers=headers)
    django = http.post("/sync/push", headers=headers)
    # A local server refuses pages of other sites before it checks credentials.
    assert native.status_code == django.status_code == (401 if origin in {"", OUR_ORIGIN} else 403)
    extra = {"allow", "vary"}
    assert {k: v for k, v in common(native).items() if k not in extra} == {
        k: v for k, v in common(django).items() if k not in extra
    }
    assert "origin" in native.headers["vary"]


@pytest.mark.parametrize("path", ["/ingest", "/sync/push", "/auth/login", "/api/events/stream"])
@pytest.mark.parametrize(
    "origin", ["null", "https://app.memfog.com.evil.example", "https://evilmemfog.com", "http://app.memfog.com"]
)
def test_other_origins_are_not_allowed(http: httpx.Client, path: str, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (http.options(path, headers=asked), http.post(path, headers={"Origin": origin})):
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/ingest", "/sync/push"])
def test_our_origins_pass_the_preflight(http: httpx.Client, path: str) -> None:
    asked = {
        "Origin": OUR_ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = http.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OUR_ORIGIN
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/api", "/api/nothing", "/auth/nothing", "/sync/", "/me/", "/ingest/", "/api/tokens/x"]
)
def test_unknown_paths_are_404_as_problem_json(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    if path == "/me/" or path == "/ingest/":
        assert answer.status_code == 404
        return
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_healthz_is_exactly_ok(http: httpx.Client) -> None:
    answer = http.get("/healthz")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"ok", "text/plain")
    assert http.post("/healthz").status_code == 405
    assert http.head("/healthz").content == b""


def test_readyz_names_each_part(http: httpx.Client) -> None:
    # With Redis the suite has a worker, and nobody to schedule its tasks.
    background = {"worker": "ok", "beat": "down" if settings.REDIS_URL else "ok"}
    wait_for(lambda: http.get("/readyz").json()["worker"] == "ok", what="the worker")
    answer = http.get("/readyz")
    needed = {"database": "ok", "broker": "ok", "migrations": "ok", "schema": "ok"}
    assert (answer.status_code, answer.json()) == (200, {**needed, **background})


@pytest.mark.parametrize("path", ["/", "/ingest", "/sync/push"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", ""])
def test_another_host_is_refused(server: Server, http: httpx.Client, path: str, host: str) -> None:
    answer = http.post(path, headers={"Host": host})
    assert answer.status_code == 400


def test_each_answer_has_its_own_request_id_whatever_the_client_says(http: httpx.Client) -> None:
    answers = [http.get("/healthz", headers={"X-Request-Id": "mine"}) for _ in range(2)]
    answers += [http.get("/readyz", headers={"X-Request-Id": "mine"}) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 4
    assert "mine" not in ids


def test_a_large_form_is_refused_before_it_is_read(http: httpx.Client) -> None:
    answer = http.post("/auth/login", json={"email": "a@b.c", "password": "x" * 5_000_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
