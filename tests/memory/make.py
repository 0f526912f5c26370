"""Makes events of sessions, from which rows are derived."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from events.isolation.row_security import acting_for
from events.wire.timestamps import format_rfc3339
from memory.models import LlmConfig, LlmSummary, NoticeDelivery
from memory.notifications import notice_outbox, notice_settings
from memory.notifications.notice_rules import Rules
from memory.preferences import own_prices, preference_changes, saved_filters
from memory.projection import projector
from memory.values.location import Location

START = 1_760_000_000_000_000  # microseconds: an afternoon in October 2025
SECOND = 1_000_000


def event(hook: str, second: float = 0, *, session: str = "s1", envelope: Any = (), **data: Any) -> dict[str, Any]:
    """A hook event `second` seconds after the session began; `data` is the input of the hook."""
    return {
        "id": str(uuid4()),
        "ts": at(second),
        "project": "/home/ada/engine",
        "kind": {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, **data}}},
        **dict(envelope),
    }


def usage(message: str, second: float = 0, *, session: str = "s1", **data: Any) -> dict[str, Any]:
    """The token usage of one message of the model, as the client sends it."""
    kind = {"type": "Usage", "data": {"session_id": session, "message_id": message, **data}}
    return {"id": str(uuid4()), "ts": at(second), "project": "/home/ada/engine", "kind": kind}


def choose_all(user_id: UUID) -> None:
    """Stores one row of each kind that the user can choose. Needs the events of `one_of_each`."""
    place = Location("/home/ada/engine", "/home/ada/engine")
    preference_changes.set_session_preference(user_id, "s1", starred=True)
    preference_changes.annotate_entry(user_id, 2, pinned=True)
    preference_changes.add_note(user_id, place, "Say hello.")
    preference_changes.set_context_budget(user_id, place, 500)
    preference_changes.set_excluded_tools(user_id, ["Glob"])
    own_prices.set_own_price(user_id, "local*", dollars={"input": Decimal(1), "output": Decimal("0.5")})
    saved_filters.save_filter(
        user_id, "sessions", "The engine", query="project=%2Fhome%2Fada%2Fengine", project=place.project
    )
    notice_settings.save_rules(user_id, Rules())
    add_delivery(user_id, "Mail")
    with acting_for(user_id):
        LlmConfig.objects.create(
            user_id=user_id, encrypted_key=b"sealed", monthly_cap_microdollars=1, enabled_since_us=START, enabled=False
        )
        LlmSummary.objects.create(
            user_id=user_id, session_id="s1", requested_us=START, outcome="summarized", text="All of it."
        )
    projector.catch_up(user_id)


def add_delivery(user_id: UUID, channel: str) -> None:
    """Adds a channel of this name, and a delivery there that has ended, so that no sweep changes it."""
    notice_settings.add_channel(user_id, "mail", channel, {}, format="daily")
    notice_outbox.add_test(user_id, notice_settings.list_channels(user_id)[-1])
    with acting_for(user_id):
        NoticeDelivery.objects.for_user(user_id).update(next_attempt_us=None, outcome="delivered")


def at(second: float) -> str:
    return format_rfc3339(START + round(second * SECOND))


def one_of_each() -> list[dict[str, Any]]:
    """Events from which one row of each kind is derived, except those of `changed_and_committed`."""
    read = {"file_path": "/home/ada/engine/a.py"}
    return [
        event("prompt_submit", 0, prompt="Hello"),
        event("post_tool_use", 1, tool_name="Read", tool_use_id="t1", tool_input=read),
        usage("m1", 2, output_tokens=5),
        event("stop", 3, last_assistant_message="Hello to you."),
    ]


def changed_and_committed() -> list[dict[str, Any]]:
    """The events of a file that Claude wrote, and of its commit."""
    written = {"file_path": "/home/ada/engine/b.py", "content": "b = 1"}
    ran: dict[str, Any] = {
        "tool_input": {"command": "git commit -am b"},
        "tool_response": {"stdout": "[main 1f3870b] b"},
    }
    return [
        event("post_tool_use", 4, tool_name="Write", tool_use_id="t2", tool_input=written),
        event("post_tool_use", 5, tool_name="Bash", tool_use_id="t3", **ran),
    ]
