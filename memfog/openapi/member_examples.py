"""Examples for the schemas and members of the document. All examples describe the same session and account."""

from collections.abc import Iterator
from typing import Any

EVENT: dict[str, Any] = {
    "id": "0b9f2f6e-6f1e-4a57-9d2c-5a1a4a1f0c3e",
    "ts": "2026-03-02T09:30:00.125+01:00",
    "project": "/home/ada/engine",
    "repo": "github.com/ada/engine",
    "root": "/home/ada/engine",
    "schema_version": 1,
    "kind": {
        "type": "HookEvent",
        "data": {
            "hook": "post_tool_use",
            "data": {
                "session_id": "5c1d7c52-8f0e-4f5e-8a54-1a4f9d0b7e21",
                "hook_event_name": "PostToolUse",
                "tool_name": "Bash",
                "tool_input": {"command": "make test"},
                "tool_response": {"stdout": "42 passed", "stderr": "", "interrupted": False},
            },
        },
    },
}
SESSION: dict[str, Any] = {
    "id": "5c1d7c52-8f0e-4f5e-8a54-1a4f9d0b7e21",
    "title": "Make the tests pass",
    "starred": False,
    "project": "/home/ada/engine",
    "repo": "github.com/ada/engine",
    "branch": "main",
    "machine": "laptop",
    "source": "startup",
    "model": "claude-opus-5-5",
    "state": "waiting",
    "reason": "turn_done",
    "message": "All 42 tests pass.",
    "state_since": "2026-03-02T08:31:10.004000Z",
    "started_at": "2026-03-02T08:29:58.730000Z",
    "last_seen_at": "2026-03-02T08:31:10.004000Z",
    "ended_at": None,
    "tool": "",
    "tool_since": None,
    "last_prompt": "Make the tests pass",
    "prompts": 1,
    "tools": 7,
    "failures": 1,
    "subagents": 0,
    "compactions": 0,
    "input_tokens": 5210,
    "output_tokens": 1480,
    "cache_creation_input_tokens": 21034,
    "cache_read_input_tokens": 180411,
    "cost_usd": 0.192,
    "unpriced_answers": 0,
}
FILE: dict[str, Any] = {
    "path": "engine/mill.py",
    "project": "/home/ada/engine",
    "repo": "github.com/ada/engine",
    "kind": "edit",
    "changed_at": "2026-03-02T08:30:40.002000Z",
    "changes": 3,
    "sessions": 2,
    "added": 48,
    "removed": 7,
}
FILE_CHANGE: dict[str, Any] = {
    "id": 4709,
    "ts": "2026-03-02T08:30:40.002000Z",
    "kind": "edit",
    "path": "engine/mill.py",
    "old_path": "",
    "added": 1,
    "removed": 1,
    "session_id": SESSION["id"],
    "session_title": "Make the tests pass",
    "machine": "laptop",
    "project": "/home/ada/engine",
    "repo": "github.com/ada/engine",
    "prompt_id": 4690,
    "prompt": "Make the tests pass",
    "preamble": "",
    "turn_cost_usd": 0.192,
    "cost_usd": 0.064,
    "hunks": [[" def turn():", "+    return 42"]],
}
COST: dict[str, Any] = {"cost_usd": 0.064, "turns_cost_usd": 0.192}
GIT_ACT: dict[str, Any] = {
    "id": 4720,
    "ts": "2026-03-02T08:31:02.000000Z",
    "kind": "commit",
    "hash": "1f3870b",
    "branch": "main",
    "subject": "Fix the mill",
    "url": "",
    **{name: FILE_CHANGE[name] for name in ("session_id", "session_title", "machine", "project", "repo")},
}
LISTED_COMMIT: dict[str, Any] = {**GIT_ACT, **COST, "files": 1}
COMMIT_FILE: dict[str, Any] = {"path": "engine/mill.py", "added": 1, "removed": 1, **COST}
COMMIT_PROMPT: dict[str, Any] = {
    **{name: FILE_CHANGE[name] for name in ("prompt_id", "prompt", "session_id")},
    **COST,
}
COMMIT: dict[str, Any] = {
    "hash": GIT_ACT["hash"],
    "subject": GIT_ACT["subject"],
    "replaced_by": "",
    **COST,
    "acts": [GIT_ACT],
    "requests": ["https://github.com/ada/engine/pull/7"],
    "files": [COMMIT_FILE],
    "prompts": [COMMIT_PROMPT],
}
OWN_PRICE: dict[str, Any] = {
    "model": "my-router/*",
    "same_as": "",
    "input_usd": 1.0,
    "output_usd": 2.5,
    "cache_write_usd": 1.25,
    "cache_write_1h_usd": 2.0,
    "cache_read_usd": 0.1,
}
HIT: dict[str, Any] = {
    "id": 4712,
    "ts": "2026-03-02T08:30:41.118000Z",
    "type": "fix",
    "title": "`make test` passes again after editing engine/mill.py",
    "snippet": "Earlier failure: exit 2: AssertionError: 41 … $ **make** **test** 42 passed",
    "session_id": SESSION["id"],
    "project": "/home/ada/engine",
    "tokens": 61,
}
OBSERVATION: dict[str, Any] = {
    **{name: value for name, value in HIT.items() if name != "snippet"},
    "text": "Earlier failure: exit 2: AssertionError: 41\n$ make test\n42 passed",
    "outcome": "42 passed",
    "trust": "tool",
    "files_read": [],
    "files_modified": ["engine/mill.py"],
    "events": [4698, 4711, 4712],
}
_SERVER_MEMBERS = {"user_id": "7d0f3a0c-2f43-4a39-9c56-7d3a7e5b3f10", "received_at": "2026-03-02T08:30:00.481220Z"}
_API_TOKEN = "mfg_0qCnZ1example1example1example1example1exampl"  # noqa: S105  # no valid signature
_SECRET = "35d99c29ca3140489bfc432261eeeb54.1xUeW3.exampleexampleexampleexample"  # noqa: S105
_PASSWORD = "a long sentence of your own"  # noqa: S105
_RULES_TEXT = "8 to 1,024 characters; common passwords are refused."
_ID = "e7b9a1de-31f5-4a2b-8d9e-0b3c5f6a7d81"
_NAME = "laptop"

SCHEMA_EXAMPLES: dict[str, Any] = {
    "Event": EVENT,
    "Kind": EVENT["kind"],
    "Batch": {"events": [EVENT]},
    "Ingest": EVENT,
    "Accepted": {"accepted": 1},
    "Deletion": {"project": "/home/ada/engine"},
    "Deleted": {"deleted": 37},
    "StoredEvent": EVENT | _SERVER_MEMBERS,
    "Page": {"events": [EVENT | _SERVER_MEMBERS], "next_cursor": "4711"},
    "Problem": {
        "type": "/docs/api#not_found",
        "title": "Not found",
        "status": 404,
        "detail": "You have no such token.",
        "code": "not_found",
        "retryable": False,
        "request_id": "9a4f0f5b1c7e4a1f8f0f4f5c7a1b2c3d",
    },
    "Session": SESSION,
    "Sessions": {"sessions": [SESSION], "next_cursor": None},
    "ChangedFile": FILE,
    "Files": {"files": [FILE], "next_cursor": None},
    "FileChange": FILE_CHANGE,
    "FileHistory": {"changes": [FILE_CHANGE], "earlier_paths": [], "next_cursor": None},
    "CommitCost": COST,
    "GitAct": GIT_ACT,
    "ListedCommit": LISTED_COMMIT,
    "Commits": {"commits": [LISTED_COMMIT], **COST, "next_cursor": None},
    "CommitFile": COMMIT_FILE,
    "CommitPrompt": COMMIT_PROMPT,
    "Commit": COMMIT,
    "OwnPrice": OWN_PRICE,
    "OwnPrices": {"prices": [OWN_PRICE]},
    "Hit": HIT,
    "Hits": {"hits": [HIT], "next_cursor": None},
    "Observation": OBSERVATION,
    "Observations": {"observations": [OBSERVATION]},
    "Message": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "recent", "arguments": {}}},
    "MessageAnswer": {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": "…"}]}},
    "MessageError": {"code": -32601, "message": "Method not found"},
    "Markdown": "# Memory of this project\n…\n",
    "Context": {"markdown": "# Memory of this project\n…\n", "tokens": 812, "items": [{"id": 4712, "tokens": 24}]},
    "PullQuery": {"cursor": "", "limit": 500},
}
MEMBER_EXAMPLES: dict[str, dict[str, Any]] = {
    "email": {"format": "email", "examples": ["ada@example.com"]},
    "password": {"examples": [_PASSWORD]},
    "Registration.password": {"description": _RULES_TEXT, "examples": [_PASSWORD]},
    "NewPassword.password": {"description": _RULES_TEXT, "examples": [_PASSWORD]},
    "display_name": {"examples": ["Ada"]},
    "otp": {
        "description": "A code of the authenticator app or a recovery code, if two-factor authentication is enabled.",
        "examples": ["492039"],
    },
    "Secret.token": {"description": "From the link in the mail.", "examples": [_SECRET]},
    "NewPassword.token": {"description": "From the link in the mail.", "examples": [_SECRET]},
    "token": {"examples": [_API_TOKEN]},
    "access_token": {"examples": ["eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJtZW1mb2cifQ.c2lnbmF0dXJl"]},
    "expires_in": {"examples": [3600]},
    "token_type": {"examples": ["Bearer"]},
    "name": {"examples": [_NAME]},
    "client_name": {"examples": [_NAME]},
    "client": {"examples": ["memfog/0.1.0"]},
    "id": {"examples": [_ID]},
    "created_at": {"examples": ["2026-03-01T18:00:00Z"]},
    "last_used_at": {"examples": ["2026-03-02T08:30:00Z"]},
    "detail": {"examples": ["If this address can be used, we sent a mail to it."]},
    "email_verified": {"examples": [True]},
    "password_changed": {"examples": [True]},
    "scopes": {"description": "One of the three.", "examples": [["full"]]},
    "device_code": {"examples": ["GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"]},
    "user_code": {"examples": ["WDJB-MJHT"]},
    "interval": {"examples": [5]},
}


def add_examples(document: dict[str, Any]) -> None:
    """Adds examples to each schema or to its members, and to path parameters."""
    for name, schema in document["components"]["schemas"].items():
        if name in SCHEMA_EXAMPLES:
            schema["examples"] = [SCHEMA_EXAMPLES[name]]
        for member, member_schema in schema.get("properties", {}).items():
            if name not in SCHEMA_EXAMPLES and "$ref" not in member_schema:
                member_schema.update(MEMBER_EXAMPLES.get(f"{name}.{member}") or MEMBER_EXAMPLES.get(member, {}))
    for parameter in _iterate_parameters(document):
        if parameter["in"] == "path":
            parameter["schema"]["examples"] = [COMMIT["hash"] if parameter["name"] == "commit_hash" else _ID]


def _iterate_parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())
