"""Applies the token usage of the model's messages, from `Usage` events. Pure. Events may come late, twice or in any
order: the largest reported count of each message applies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_number, get_text
from memory.rules.session_fold import MAX_LABEL_CHARS, SessionFold
from memory.values import model_prices

TOKEN_FIELDS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
MAX_TOKENS = 10**12
MAX_MESSAGE_ID_CHARS = 128


@dataclass(frozen=True, slots=True)
class MessageUsage:
    """The usage of one message; the columns of `memory.models.TokenUsage` without its owner."""

    session_id: str
    message_id: str
    at_us: int
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def cost_microdollars(self) -> int:
        return model_prices.estimate_microdollars(
            self.model,
            input_=self.input_tokens,
            output=self.output_tokens,
            cache_creation=self.cache_creation_input_tokens,
            cache_read=self.cache_read_input_tokens,
        )


def parse_usage(hook_event: HookEvent) -> MessageUsage | None:
    message_id = summary_line(get_text(hook_event.data, "message_id"), MAX_MESSAGE_ID_CHARS)
    if not message_id:
        return None
    counts = {name: _clamp_count(get_number(hook_event.data, name)) for name in TOKEN_FIELDS}
    model = summary_line(get_text(hook_event.data, "model"), MAX_LABEL_CHARS)
    return MessageUsage(hook_event.session_id, message_id, hook_event.at_us, model, **counts)


def _clamp_count(value: float | None) -> int:
    return 0 if value is None else max(0, min(int(value), MAX_TOKENS))


def merge_usages(one: MessageUsage, other: MessageUsage) -> MessageUsage:
    """Merges two reports of a message: the larger of each count. The order does not matter."""
    counts = {name: max(getattr(one, name), getattr(other, name)) for name in TOKEN_FIELDS}
    return replace(one, at_us=max(one.at_us, other.at_us), model=max(one.model, other.model), **counts)


def apply_usages(
    fold: SessionFold, known: dict[str, MessageUsage], usages: Iterable[MessageUsage]
) -> list[tuple[MessageUsage | None, MessageUsage]]:
    """Adds usages to the fold and to `known`; returns (usage before or None, usage after) for each of them."""
    changed: list[tuple[MessageUsage | None, MessageUsage]] = []
    for usage in usages:
        before = known.get(usage.message_id)
        after = merge_usages(before, usage) if before else usage
        known[usage.message_id] = after
        for name in TOKEN_FIELDS:
            setattr(fold, name, getattr(fold, name) + getattr(after, name) - (getattr(before, name) if before else 0))
        fold.cost_microdollars += after.cost_microdollars - (before.cost_microdollars if before else 0)
        fold.set_model(after.model, after.at_us)
        changed.append((before, after))
    return changed
