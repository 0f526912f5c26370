"""The data of a user of the previous release, and everything that the user can read of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from tests.accounts.calls import bearer, login
from tests.dashboard import payloads
from tests.memory.make import at, changed_and_committed, event, one_of_each

EMAIL = "ada@example.com"
SESSION, RECORDED = "s1", "7f3a90c2-4b1d-4c55-9c0e-51a7de22b001"
SEARCHES = ("hello", "engine", "a.py", "type:edit b", "command", "nothing-has-this")
PAGES = (
    *("/", "/sessions", f"/sessions/{SESSION}", f"/sessions/{SESSION}/files", f"/sessions/{SESSION}/conversation"),
    *(f"/sessions/{RECORDED}", "/insights?time=all", "/memory?project=/home/ada/engine", "/search?q=hello"),
    *("/files", "/commits", "/machines", "/settings", "/settings/retention", "/settings/prices"),
    *("/settings/notifications", "/settings/sync", "/memory/model"),
)
# Words of the user, or of captured events, that stand on one of the pages.
WORDS = (
    *("Hello", "Hello to you.", "Say hello.", "My own title", "Read a.py twice.", "The engine", "engine"),
    *("a.py", "b.py", "1f3870b", "local*", "laptop", "Mail", "Titled by the host", EMAIL),
)
# Members whose value is the time of the request.
VOLATILE = {"last_used_at", "client", "request_id"}
# Run by the old code, after the events were sent. Stores a row of each kind that a user can choose.
CHOOSE = f"""
from accounts.credentials import api_tokens
from accounts.models import User
from events.retention import retention_policy
from memory.preferences import preference_changes
from tests.memory.make import choose_all
user = User.objects.get(email="{EMAIL}")
choose_all(user.id)
preference_changes.set_session_preference(user.id, "{SESSION}", title="My own title")
preference_changes.annotate_entry(user.id, 1, replacement_text="Read a.py twice.")
retention_policy.save_limits(user.id, retention_policy.RetentionLimits(max_days=36_500))
api_tokens.create(user.id, name="laptop")
"""


def make_events() -> list[dict[str, Any]]:
    """Makes an event of each kind and of each recorded hook, in the order of their numbers."""
    session = {"session_id": RECORDED, "cwd": "/home/ada/shop"}
    recorded = [
        payloads.event(name, ts=at(100 + number), **session, tool_use_id=f"toolu_{name}")
        for number, name in enumerate(payloads.NAMES)
    ]
    return [*one_of_each(), *changed_and_committed(), *recorded, *_make_other_kinds()]


def _make_other_kinds() -> Iterator[dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = {
        "Prompt": {"session_id": SESSION, "prompt": "From another tool"},
        "Interrupted": {"session_id": SESSION},
        "SessionTitle": {"session_id": RECORDED, "title": "Titled by the host", "by": "host"},
        "PullRequest": {"session_id": SESSION, "url": "https://github.com/ada/engine/pull/7", "number": 7},
        "Unknown": {"session_id": SESSION, "text": "half \ud83d a character"},
    }
    for number, (kind, data) in enumerate(kinds.items()):
        yield event("stop", 200 + number) | {"kind": {"type": kind, "data": data}}


def push(http: httpx.Client, token: str, events: list[dict[str, Any]]) -> None:
    # `json.dumps` escapes the lone surrogate, which the encoder of httpx cannot write.
    answer = http.post("/sync/push", content=json.dumps({"events": events}), headers=bearer(token))
    assert answer.json() == {"accepted": len(events)}


def read_all(http: httpx.Client, token: str) -> dict[str, Any]:
    """Reads all JSON, all exports and the pages of a signed-in browser, by address."""
    access = login(http, EMAIL).json()["access_token"]
    found = {path: _read(http, path, access) for path in _list_addresses(http, access)}
    found["/sync/pull"] = http.post("/sync/pull", json={"cursor": "", "limit": 1000}, headers=bearer(token)).json()
    found["/api/export"] = _read_lines(http, access)
    return {path: answer for path, answer in found.items() if answer is not None}


def read_words(http: httpx.Client) -> dict[str, set[str]]:
    """Returns which words the pages show to the browser that `http` is, by address."""
    found = {}
    for path in PAGES:
        answer = http.get(path)
        assert answer.status_code == 200, path
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.replace("<wbr>", "")))
        found[path] = {word for word in WORDS if word in text}
    return found


def _list_addresses(http: httpx.Client, access: str) -> Iterator[str]:
    yield from ("/me", "/api/tokens", "/api/prices", "/api/machines", "/api/files", "/api/sessions?limit=200")
    yield from ("/api/commits", "/api/commits/1f3870b", "/api/files/history?path=b.py&project=/home/ada/engine")
    yield "/api/context?project=/home/ada/engine"
    for session in http.get("/api/sessions?limit=200", headers=bearer(access)).json()["sessions"]:
        yield f"/api/sessions/{session['id']}"
        yield f"/api/sessions/{session['id']}/timeline?limit=1000"
    for words in SEARCHES:
        address = f"/api/search?q={words}&limit=100&sort=newest"
        yield address
        hits = http.get(address, headers=bearer(access)).json()["hits"]
        if ids := ",".join(str(hit["id"]) for hit in hits):
            yield f"/api/observations?ids={ids}"


def _read(http: httpx.Client, path: str, access: str) -> Any:
    """Returns the JSON of an address; None for one that this release does not have."""
    answer = http.get(path, headers={**bearer(access), "Accept": "application/json"})
    assert answer.status_code in (200, 404), (path, answer.text)
    return answer.json() if answer.status_code == 200 else None


def _read_lines(http: httpx.Client, access: str) -> list[Any]:
    answer = http.get("/api/export?whole=1", headers=bearer(access))
    return sorted((json.loads(line) for line in answer.text.splitlines()), key=json.dumps)


def find_differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yields what differs. A new release may add members to an object, and changes nothing else."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() - VOLATILE:
            yield from find_differences(old[name], new.get(name, "missing"), f"{path}.{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from find_differences(*pair, f"{path}[{number}]")
    elif old != new:
        yield f"{path}: {old!r:.200} became {new!r:.200}"
