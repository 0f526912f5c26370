"""Schemas for which there is no serializer: events, problems, and the bodies of native routes."""

from typing import Any

from accounts.api_base.problem import PROBLEM_TYPES
from events import limits
from events.endpoints import deletion_api
from events.wire import envelope

Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": list(required)} if required else schema


def _closed_object(required: tuple[str, ...], /, **properties: Schema) -> Schema:
    """Builds the schema of an object that allows no other members."""
    return _object(required, **properties) | {"additionalProperties": False}


def _string(description: str, **extra: Any) -> Schema:
    return {"type": "string", "description": description, **extra}


def _integer(description: str, **extra: Any) -> Schema:
    return {"type": "integer", "description": description, **extra}


_LOCATION_LIMITS = {"maxLength": limits.MAX_LOCATION_BYTES}
_HOOK_NAMES = "`session_start`, `session_end`, `prompt_submit`, `pre_tool_use`, `post_tool_use`, `post_tool_failure`, "
_HOOK_NAMES += "`pre_compact`, `subagent_start`, `subagent_stop`, `notification`, `task_completed`, `stop`, or another."

_ENVELOPE: dict[str, Schema] = {
    "id": _string("The permanent id of the event, unique among the events of one user.", format="uuid"),
    "ts": _string("Time of the event: RFC 3339 with offset.", format="date-time"),
    "project": _string("The working directory at that time. At most 4,096 bytes of UTF-8.", **_LOCATION_LIMITS),
    "kind": _ref("Kind"),
    "schema_version": _integer("The version of this schema.", minimum=1, maximum=2**31 - 1, default=1),
    "repo": _string("The git remote, equal on every machine. At most 4,096 bytes.", **_LOCATION_LIMITS),
    "root": _string("The folder in which the session was started. At most 4,096 bytes.", **_LOCATION_LIMITS),
    "client": {"type": "object", "description": "The client that sent the event: `name`, `version`, `redactions`."},
}
_SERVER_MEMBERS: dict[str, Schema] = {
    "user_id": _string("The user who owns the event, from the credential that stored it.", format="uuid"),
    "received_at": _string("Time at which this server stored the event.", format="date-time"),
}
_IGNORED_MEMBERS = {
    name: {"description": "Accepted and ignored, so that pulled events can be pushed."} for name in _SERVER_MEMBERS
}

_HOOK_EVENT = {
    "title": "HookEvent",
    **_object(
        ("type", "data"),
        type={"type": "string", "const": "HookEvent"},
        data=_object(
            ("hook",),
            hook=_string(f"The hook: {_HOOK_NAMES}", pattern="^[a-z][a-z0-9_]{0,63}$", maxLength=64),
            data={"description": "The JSON that Claude Code passed to the hook, unchanged."},
        ),
    ),
}
_OTHER_KIND = {
    "title": "Other kind",
    **_object(
        ("type", "data"),
        type={"type": "string", "minLength": 1, "maxLength": 64, "not": {"const": "HookEvent"}},
        data={"type": "object", "description": "Stored without interpretation."},
    ),
}
_KIND = {
    "description": "The content of the event. It is stored and returned byte for byte.",
    "oneOf": [_HOOK_EVENT, _OTHER_KIND],
}
_EVENT = {
    "description": "An event of a session: at most 1 MiB, nested at most 500 levels.",
    **_closed_object(envelope.REQUIRED_MEMBERS, **_ENVELOPE, **_IGNORED_MEMBERS),
}
_BATCH = _closed_object(("events",), events={"type": "array", "items": _ref("Event"), "maxItems": limits.MAX_EVENTS})
_PUSH = {
    "description": "Events to store, and, with the scope `sync`, ids of events to delete.",
    **_closed_object(
        ("events",),
        events={"type": "array", "items": _ref("Event"), "maxItems": limits.MAX_EVENTS},
        deleted={
            "type": "array",
            "items": {"type": "string", "format": "uuid"},
            "maxItems": limits.MAX_EVENTS,
            "description": "The server keeps these ids, even of events that it never stored: an event and its deletion "
            "in either order end as deleted.",
        },
    ),
}
_REJECTED = _object(
    ("index", "id", "code", "detail"),
    index=_integer("Index in the batch, from 0.", minimum=0),
    id={"type": ["string", "null"], "description": "The id in the request."},
    code={"type": "string", "enum": list(envelope.REJECTION_CODES)},
    detail=_string("The reason for the rejection."),
)
_NEWLY_DELETED = "Number of ids newly deleted or blocked. Only if the request had `deleted`."
_ACCEPTED = _object(
    ("accepted",),
    accepted=_integer("Events newly stored.", minimum=0),
    duplicates=_integer("Events that were stored before. Absent when there are none.", minimum=1),
    rejected={
        "type": "array",
        "items": _ref("Rejected"),
        "minItems": 1,
        "description": "Rejected events. Absent if there are none.",
    },
)
_PUSHED = {**_ACCEPTED, "properties": {**_ACCEPTED["properties"], "deleted": _integer(_NEWLY_DELETED, minimum=0)}}
_PAGE = _object(
    ("events", "next_cursor"),
    events={"type": "array", "items": _ref("StoredEvent")},
    next_cursor={"type": ["string", "null"], "description": "The cursor for the next request. Null without `cursor`."},
    deleted={
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "minItems": 1,
        "description": "Ids of deleted events in this range of the log. Absent if there are none.",
    },
    mark=_string("Send this with `next_cursor`. Only if the request had `mark`."),
)
_DELETION = {
    "description": "The events to delete: exactly one of these members.",
    "oneOf": [
        _closed_object(
            ("project",), project=_string("A folder, a root or a repository.", minLength=1, **_LOCATION_LIMITS)
        ),
        _closed_object(("session_id",), session_id=_string("A session of Claude Code.", minLength=1, maxLength=1_024)),
        _object(
            ("ids",),
            ids={
                "type": "array",
                "items": {"type": "string", "format": "uuid"},
                "minItems": 1,
                "maxItems": deletion_api.MAX_IDS,
                "description": "Ids of events.",
            },
        ),
        _closed_object(("before",), before=_string("All with an earlier `ts`.", format="date-time")),
    ],
}
_LIMITS = _object(
    ("event_bytes", "request_bytes", "inflated_bytes", "events", "nesting", "streams_per_user", "streams_per_address"),
    event_bytes=_integer("Bytes of one event."),
    request_bytes=_integer("Bytes of one request, as sent."),
    inflated_bytes=_integer("Bytes of one request, inflated."),
    events=_integer("Events in one request."),
    nesting=_integer("Maximum nesting depth of an event."),
    streams_per_user=_integer("Streams of one account, open at once in a web process."),
    streams_per_address=_integer("Streams from one address, open at once in a web process."),
)
_FAULT = _object(
    ("loc", "message"),
    loc={"type": "array", "items": {"type": "string"}, "description": "Path to the value in the body."},
    message=_string("Description of the fault."),
    code=_string("Code of the rule that the value breaks."),
)
_PROBLEM = {
    "description": "Why a request was refused (RFC 9457).",
    **_object(
        ("type", "title", "status", "detail", "code", "retryable", "request_id"),
        type=_string("Address of the documentation of this code.", format="uri-reference"),
        title=_string("Short description of the code."),
        status=_integer("The status of the answer."),
        detail=_string("How to correct the request."),
        code=_string("The stable code of the problem.", enum=list(PROBLEM_TYPES)),
        retryable={"type": "boolean", "description": "Whether the same request may succeed later."},
        request_id=_string("The id of this request, as in `X-Request-Id`."),
        errors={"type": "array", "items": _ref("Fault"), "description": "Each fault of an invalid input."},
        limits=_ref("Limits"),
    ),
}
_MESSAGE_ID = {"type": ["string", "integer", "null"], "description": "The id that the caller chose."}
_MESSAGE = {
    "description": "A message of JSON-RPC 2.0: a request, or without an `id` a notification.",
    **_object(
        ("jsonrpc", "method"),
        jsonrpc={"type": "string", "const": "2.0"},
        id={"type": ["string", "integer"], "description": "The answer has the same id."},
        method=_string("The MCP method."),
        params={"type": ["object", "null"], "description": "The parameters of the method."},
    ),
}
_MESSAGE_ANSWER = {
    "description": "An answer of JSON-RPC 2.0: either a result or an error.",
    **_object(
        ("jsonrpc", "id"),
        jsonrpc={"type": "string", "const": "2.0"},
        id=_MESSAGE_ID,
        result={"type": "object", "description": "As MCP defines it for the method."},
        error=_ref("MessageError"),
    ),
}
_MESSAGE_ERROR = _object(
    ("code", "message"),
    code=_integer("A code of JSON-RPC or of MCP."),
    message=_string("Description of the error."),
    data={"description": "Details of the error."},
)
_PART_STATE = {"type": "string", "enum": ["ok", "down"]}

SCHEMAS: dict[str, Schema] = {
    "Event": _EVENT,
    "Kind": _KIND,
    "Batch": _BATCH,
    "Ingest": {"anyOf": [_ref("Event"), _ref("Batch")]},
    "Push": {"anyOf": [_ref("Event"), _PUSH]},
    "Accepted": _ACCEPTED,
    "Pushed": _PUSHED,
    "Rejected": _REJECTED,
    "StoredEvent": _object(
        (*envelope.REQUIRED_MEMBERS, "schema_version", *_SERVER_MEMBERS), **_ENVELOPE, **_SERVER_MEMBERS
    ),
    "Page": _PAGE,
    "Deletion": _DELETION,
    "Deleted": _object(("deleted",), deleted=_integer("Events deleted.", minimum=0)),
    "Message": _MESSAGE,
    "MessageAnswer": _MESSAGE_ANSWER,
    "MessageError": _MESSAGE_ERROR,
    "Limits": _LIMITS,
    "LimitsAnswer": _object(("limits",), limits=_ref("Limits")),
    "Readiness": _object(
        ("database", "broker", "migrations", "schema", "worker", "beat"),
        database=_PART_STATE,
        broker=_PART_STATE,
        migrations=_PART_STATE,
        schema=_PART_STATE,
        worker={"enum": ["ok", "down", "stuck", "unknown"]},
        beat={"enum": ["ok", "down", "twice", "unknown"]},
        reason=_string("Why code and schema do not fit.", examples=["migration memory.0012_names is not applied"]),
    ),
    "Markdown": _string("The context for a new session; empty if there is none."),
    "Problem": _PROBLEM,
    "Fault": _FAULT,
}
BEARER_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "an API token (mfg_…) or an access token (JWT)",
    "description": "An API token has the scope `capture`; `full`, which reads as well; or `sync`, which also deletes "
    "events. An access token, from "
    "`POST /auth/login`, may do everything for one hour.",
}
