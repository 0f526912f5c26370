"""Applies the token usage of the model's messages, from `Usage` events. Pure. Events may come late, twice or in any
order: the largest reported count of each message applies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from events.wire import patterns
from events.wire.hook_event import HookEvent, summary_line
from events.wire.json_values import get_number, get_text
from memory.rules.session_fold import MAX_LABEL_CHARS, SessionFold
from memory.values.price_table import PriceTable

TOKEN_FIELDS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
# What else a message used. Writes to the cache that live an hour are part of `cache_creation_input_tokens`.
PRICED_FIELDS = ("cache_creation_1h_input_tokens", "web_search_requests")
COUNT_FIELDS = (*TOKEN_FIELDS, *PRICED_FIELDS)
# What a price depends on besides the counts.
CONDITION_FIELDS = ("speed", "inference_geo", "service_tier")
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
    cache_creation_1h_input_tokens: int = 0
    web_search_requests: int = 0
    speed: str = ""
    inference_geo: str = ""
    service_tier: str = ""
    # The cost, None without a price, and the version of the prices by which it was computed.
    cost_microdollars: int | None = None
    price_version: int = 0
    # False if another session counts this answer: its transcript holds a copy of it, with a larger count.
    is_counted: bool = True

    @property
    def is_priced(self) -> bool:
        return self.cost_microdollars is not None

    def priced(self, prices: PriceTable) -> "MessageUsage":
        """Computes the cost from the counts."""
        return replace(self, cost_microdollars=prices.compute_cost(self), price_version=prices.version)


def parse_usage(hook_event: HookEvent) -> MessageUsage | None:
    message_id = summary_line(get_text(hook_event.data, "message_id"), MAX_MESSAGE_ID_CHARS)
    if not message_id:
        return None
    # A gateway may give the same id to all messages; the client then distinguishes them.
    answer_id = summary_line(get_text(hook_event.data, "answer_id"), MAX_MESSAGE_ID_CHARS)
    counts = {name: _clamp_count(get_number(hook_event.data, name)) for name in COUNT_FIELDS}
    counts["web_search_requests"] = _clamp_count(get_number(hook_event.data, "server_tool_use", "web_search_requests"))
    conditions = {name: summary_line(get_text(hook_event.data, name), MAX_LABEL_CHARS) for name in CONDITION_FIELDS}
    model = summary_line(get_text(hook_event.data, "model"), MAX_LABEL_CHARS)
    values: dict[str, Any] = counts | conditions
    return MessageUsage(hook_event.session_id, answer_id or message_id, hook_event.at_us, model, **values)


def _clamp_count(value: float | None) -> int:
    return 0 if value is None else max(0, min(int(value), MAX_TOKENS))


def merge_usages(one: MessageUsage, other: MessageUsage) -> MessageUsage:
    """Merges two reports of a message: the larger of each count. The order does not matter."""
    names = ("at_us", "model", *COUNT_FIELDS, *CONDITION_FIELDS)
    return replace(one, **{name: max(getattr(one, name), getattr(other, name)) for name in names})


def apply_usages(
    fold: SessionFold, known: dict[str, MessageUsage], usages: Iterable[MessageUsage], prices: PriceTable
) -> list[tuple[MessageUsage | None, MessageUsage]]:
    """Adds usages to the fold and to `known`; returns (usage before or None, usage after) for each of them."""
    changed: list[tuple[MessageUsage | None, MessageUsage]] = []
    for usage in usages:
        known_before = known.get(usage.message_id)
        merged = merge_usages(known_before, usage) if known_before else usage
        # It counts until it is compared with what other sessions report (`memory.projection.shared_answers`).
        known[usage.message_id] = after = replace(merged, is_counted=True).priced(prices)
        before = known_before if known_before and known_before.is_counted else None
        for name, amount in sum_differences(before, after).items():
            setattr(fold, name, getattr(fold, name) + amount)
        fold.set_model(after.model, after.at_us)
        changed.append((before, after))
    return changed


def sum_differences(before: MessageUsage | None, after: MessageUsage | None) -> dict[str, int]:
    """What a report changes in the sums of a session, by their columns: tokens, cost, and answers without a price."""
    sums = dict.fromkeys((*TOKEN_FIELDS, "cost_microdollars", "unpriced_answers"), 0)
    for sign, one in ((-1, before), (1, after)):
        if one:
            for name in TOKEN_FIELDS:
                sums[name] += sign * getattr(one, name)
            sums["cost_microdollars"] += sign * (one.cost_microdollars or 0)
            sums["unpriced_answers"] += sign * (not one.is_priced)
    return sums


def choose_counted(reports: Iterable[MessageUsage]) -> MessageUsage:
    """Chooses the report of an answer that counts, of those of several sessions: the one with most tokens."""
    return min(reports, key=lambda one: (-sum(getattr(one, name) for name in TOKEN_FIELDS), one.at_us, one.session_id))


_MIN_DISTINCT_CHARS, _MIN_RANDOM_CHARS, _UUID_CHARS = 8, 16, 36


def is_unique_id(message_id: str) -> bool:
    """Whether an id names one answer wherever it stands: a constant, a counter or a time does not."""
    random = _find_random_part(message_id)
    has_both = any(char.isdigit() for char in random) and any(char.isalpha() for char in random)
    return has_both and len(set(random)) >= _MIN_DISTINCT_CHARS


def _find_random_part(message_id: str) -> str:
    """Finds the part of an id that a host or a gateway drew, as `client/lib/transcripts/usage/answer-keys.js` does."""
    before, end = message_id[:-_UUID_CHARS], message_id[-_UUID_CHARS:]
    if patterns.UUID.fullmatch(end) and end.islower() and (not before or before[-1] in "_-"):
        return end
    last = message_id.replace("_", "-").rpartition("-")[2]
    return last if len(last) >= _MIN_RANDOM_CHARS and last.isascii() and last.isalnum() else ""
