"""A malformed request body gets 400 or 415 as problem+json, never 500."""

import httpx
import pytest

from tests.accounts.calls import address
from tests.people import PASSWORD

ROUTES = ["/auth/register", "/auth/verify-email", "/auth/login", "/auth/forgot-password", "/auth/reset-password"]
NOT_AN_OBJECT = [
    b"", b"1", b"null", b'"x"', b"[]", b"{", b'{"email": }', b"\xff\xfe{\x00}\x00", b'{"email": "\xff"}', b"\x00",
    b"NaN", b'{"email": NaN}', b'{"email": Infinity}', b"[" * 30_000, b'{"a":' * 10_000,
    b'{"a": ' + b"9" * 5_000 + b"}",
]  # fmt: skip
OTHER_KINDS = [
    "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x",
    "application/json; charset=nonsense", "application/json; charset=utf-16", "x",
]  # fmt: skip


def post(http: httpx.Client, path: str, body: bytes, kind: str | None = "application/json") -> httpx.Response:
    return http.post(path, content=body, headers={"Content-Type": kind} if kind else {})


@pytest.mark.one_database
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("part", [NOT_AN_OBJECT[:8], NOT_AN_OBJECT[8:]], ids=["first", "second"])
def test_a_body_that_is_no_object_is_malformed(http: httpx.Client, path: str, part: list[bytes]) -> None:
    for body in part:
        answer = post(http, path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json"), body[:40]
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.one_database
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("value", ['"\\ud800"', '"a\\u0000b"', "5", "1e999", "true", "null", "[]", "{}", '""'])
def test_a_value_that_is_no_text_is_refused(http: httpx.Client, path: str, value: str) -> None:
    body = f'{{"email": {value}, "password": {value}, "token": {value}}}'.encode()
    answer = post(http, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert all(set(error) >= {"loc", "message"} for error in answer.json()["errors"])


@pytest.mark.one_database
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_another_content_type_is_refused(http: httpx.Client, kind: str) -> None:
    answer = post(http, "/auth/forgot-password", b'{"email": "a@example.com"}', kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", [None, "application/json", "application/json; charset=utf-8", "Application/JSON; charset=UTF-8"]
)
def test_json_is_taken_under_its_names_and_none(http: httpx.Client, kind: str | None) -> None:
    assert post(http, "/auth/forgot-password", f'{{"email": "{address()}"}}'.encode(), kind).status_code == 202


def test_a_byte_order_mark_and_unknown_members_are_ignored(http: httpx.Client) -> None:
    body = f'\ufeff{{"email": "{address()}", "password": "{PASSWORD}", "else": [1]}}'
    assert post(http, "/auth/register", body.encode()).status_code == 202


@pytest.mark.one_database
@pytest.mark.parametrize("path", [*ROUTES, "/me", "/api/tokens"])
def test_another_method_is_not_allowed(http: httpx.Client, path: str) -> None:
    answer = http.put(path, json={}, headers={})
    assert answer.status_code in {401, 405}
    assert answer.headers["content-type"] == "application/problem+json"


def test_allow_names_the_methods(http: httpx.Client) -> None:
    answer = http.get("/auth/login")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]
