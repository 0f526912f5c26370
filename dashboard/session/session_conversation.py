"""Builds the conversation view of a session: what was said, without tool calls. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from dashboard.render import render_parts
from dashboard.render.render_parts import RenderPart
from dashboard.session import step_views
from dashboard.session.timeline import is_user_prompt
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text

MESSAGE_HOOKS = ("prompt_submit", "stop", "stop_failure")


@dataclass(frozen=True, slots=True)
class ConversationLine:
    seq: int
    at_us: int
    at: datetime
    speaker: str  # person, claude
    parts: Sequence[RenderPart]


def may_be_message(event: HookEvent) -> bool:
    """Checks whether an event may be part of the conversation, without parsing all of it."""
    return event.hook in MESSAGE_HOOKS


def build_conversation(events: Iterable[HookEvent], *, start: int = 0, limit: int) -> list[ConversationLine]:
    """Builds up to `limit` lines from line `start` on: the user's prompts, and the final message of each turn."""
    lines = (event for event in events if _is_final_message(event) or _is_prompt(event))
    return [_make_line(event) for event in islice(lines, start, start + limit)]


def _is_final_message(event: HookEvent) -> bool:
    is_stop = event.hook in MESSAGE_HOOKS[1:] and not event.agent_id
    return is_stop and bool(get_text(event.data, "last_assistant_message").strip())


def _is_prompt(event: HookEvent) -> bool:
    return event.hook == "prompt_submit" and is_user_prompt(event)


def _make_line(event: HookEvent) -> ConversationLine:
    if _is_prompt(event):
        return ConversationLine(
            event.seq, event.at_us, event.at, "person", step_views.render_prompt(_prompt_text(event), 200)
        )
    answer = render_parts.make_markdown(get_text(event.data, "last_assistant_message"))
    return ConversationLine(event.seq, event.at_us, event.at, "claude", answer)


def _prompt_text(event: HookEvent) -> str:
    return get_text(event.data, "prompt") or get_text(event.data, "text")
