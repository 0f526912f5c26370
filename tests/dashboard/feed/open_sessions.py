"""Sessions that wait for permission, an answer or a prompt, have an error or work, for tests of the live board."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.memory.make import event

APPLY = {"command": "terraform apply -auto-approve"}
QUESTION = {"questions": [{"question": "Which database?", "options": [{"label": "SQLite"}, {"label": "PostgreSQL"}]}]}


def around(minutes: float, folder: str = "/srv/infra") -> dict[str, Any]:
    """The envelope of an event that happened so many minutes ago."""
    ts = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    return {"ts": ts, "project": folder, "client": {"name": "memfog", "machine": "laptop", "entrypoint": "cli"}}


def begun(session: str, minutes: float, folder: str = "/srv/infra") -> list[dict[str, Any]]:
    start = around(minutes, folder)
    return [
        event("session_start", session=session, source="startup", model="claude-opus-4-8", envelope=start),
        event("prompt_submit", session=session, prompt=f"Task of {session}", envelope=start),
    ]


def calling(session: str, minutes: float, tool: str, given: dict[str, Any]) -> dict[str, Any]:
    use = f"{session}-1"
    return event(
        "pre_tool_use", session=session, tool_name=tool, tool_use_id=use, tool_input=given, envelope=around(minutes)
    )


def working(session: str, minutes: float = 10) -> list[dict[str, Any]]:
    return [*begun(session, minutes), calling(session, minutes / 2, "Bash", {"command": f"make {session}"})]


def needs_permission(session: str, minutes: float = 0.1) -> list[dict[str, Any]]:
    told: dict[str, Any] = {
        "notification_type": "permission_prompt",
        "message": "Claude needs your permission to use Bash",
    }
    return [
        *begun(session, 30),
        calling(session, minutes + 0.1, "Bash", APPLY),
        event("notification", session=session, envelope=around(minutes), **told),
    ]


def done(session: str, minutes: float) -> list[dict[str, Any]]:
    answer = "**Done**: see `train.py`."
    return [
        *begun(session, minutes + 1),
        event("stop", session=session, last_assistant_message=answer, envelope=around(minutes)),
    ]


def failed(session: str, minutes: float) -> list[dict[str, Any]]:
    told: dict[str, Any] = {"error": "rate_limit", "last_assistant_message": "API Error: 429"}
    return [*begun(session, minutes + 1), event("stop_failure", session=session, envelope=around(minutes), **told)]


def blocked_sessions() -> list[dict[str, Any]]:
    """Four sessions that wait: the longest wait is a done turn, the shortest a permission."""
    return [
        *done("older", 40),
        *done("done", 9),
        *begun("chooses", 30),
        calling("chooses", 5, "AskUserQuestion", QUESTION),
        *needs_permission("deploys"),
    ]
