"""Counts the events of a session per half hour; the insights add these counts up. Pure.

New events add to the counts; a rebuild of the session counts from zero.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from events.wire.hook_event import HookEvent, quarter_hour_index
from events.wire.json_values import get_number
from memory.rules.session_fold import SessionFold
from memory.rules.token_usage import TOKEN_FIELDS, MessageUsage
from memory.rules.tool_calls import parse_tool_name
from memory.values import session_states

MAX_DURATION_US, MAX_TOKENS = 10**12, 10**9
# The kinds: all events by their delay, prompts, tool calls, waits for the user by their reason, messages of a model,
# and contexts that Memfog gave to sessions.
EVENT, PROMPT, TOOL, WAIT, MODEL, CONTEXT = "event", "prompt", "tool", "wait", "model", "context"
# A bucket counts durations below its bound; the last bucket counts all longer durations.
BUCKET_BOUNDS_US = (1_000_000, 10_000_000, 60_000_000, 600_000_000, 3_600_000_000)
LAST_BUCKET = len(BUCKET_BOUNDS_US)
# Counts of the second quarter of a half hour have their bucket plus this. A column of its own would have to be part of
# the table's primary key, which the previous release could not write then.
SECOND_QUARTER = 8
# Messages of a model have two buckets: with a price, and without one.
PRICED, UNPRICED = 0, 1


class CountKey(NamedTuple):
    """The key of a count. `slot` is the half hour since 1970.

    `bucket` is the duration, for events and waits; for messages of a model, whether they have a price. It has
    `SECOND_QUARTER` added in the second quarter of the half hour: the days of some time zones begin there.
    """

    slot: int
    kind: str
    name: str
    bucket: int


@dataclass(slots=True)
class CountTotals:
    """The values of a count: number, failures, total duration in microseconds, tokens and their cost."""

    count: int = 0
    failed: int = 0
    duration_us: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cost_microdollars: int = 0


@dataclass(slots=True)
class HalfHourCounts:
    """The counts of the applied events."""

    totals: dict[CountKey, CountTotals] = field(default_factory=dict)

    def add(self, key: CountKey, count: int = 1, **amounts: int) -> None:
        total = self.totals.setdefault(key, CountTotals())
        for name, value in {"count": count, **amounts}.items():
            setattr(total, name, getattr(total, name) + value)

    def count_event(self, hook_event: HookEvent) -> None:
        """Counts an event of any kind; events may come in any order."""
        delay_us = max(0, hook_event.received_us - hook_event.at_us)
        key = make_key(hook_event.at_us, EVENT, bucket=find_bucket(delay_us))
        self.add(key, duration_us=min(delay_us, MAX_DURATION_US))

    def count_changes(self, before: "FoldSnapshot", hook_event: HookEvent, after: SessionFold) -> None:
        """Counts the changes that an event made to the fold since the snapshot `before`."""
        self._count_tool_call(before, hook_event, after)
        if after.prompts > before.prompts:
            self.add(make_key(hook_event.at_us, PROMPT))
        if before.is_answered(after):
            duration_us = min(max(0, hook_event.at_us - before.state_us), MAX_DURATION_US)
            key = make_key(before.state_us, WAIT, before.reason, find_bucket(duration_us))
            self.add(key, duration_us=duration_us)
        if hook_event.kind == "ContextInjected":
            self._count_context(hook_event)

    def count_usage(self, before: MessageUsage | None, after: MessageUsage | None) -> None:
        """Counts the usage of a message; subtracts the usage that was counted for it before."""
        for sign, one in ((-1, before), (1, after)):
            if one:
                tokens = {name: sign * getattr(one, name) for name in TOKEN_FIELDS}
                key = make_key(one.at_us, MODEL, one.model, PRICED if one.is_priced else UNPRICED)
                self.add(key, sign, cost_microdollars=sign * (one.cost_microdollars or 0), **tokens)

    def _count_tool_call(self, before: "FoldSnapshot", hook_event: HookEvent, after: SessionFold) -> None:
        """Counts a tool call in the half hour of its start, its duration and failure in the half hour of its end."""
        count, failed = after.tools - before.tools, after.failures - before.failures
        duration_us = _call_duration_us(before, hook_event)
        if count or failed or duration_us:
            key = make_key(hook_event.at_us, TOOL, parse_tool_name(hook_event))
            self.add(key, count, failed=failed, duration_us=duration_us)

    def _count_context(self, hook_event: HookEvent) -> None:
        tokens = min(max(0, int(get_number(hook_event.data, "tokens") or 0)), MAX_TOKENS)
        self.add(make_key(hook_event.at_us, CONTEXT), input_tokens=tokens)


@dataclass(frozen=True, slots=True)
class FoldSnapshot:
    """The values of a fold before its next event, for the comparison afterwards."""

    prompts: int
    tools: int
    failures: int
    state: str
    reason: str
    state_us: int
    # The tool call of this event: its start time, if known, and whether it has ended already.
    call_started_us: int | None
    is_call_finished: bool

    @classmethod
    def capture(cls, fold: SessionFold, hook_event: HookEvent) -> Self:
        counts, tool_calls = (fold.prompts, fold.tools, fold.failures), fold.fold_state.tool_calls
        state = fold.state, fold.reason, fold.state_us
        return cls(*counts, *state, tool_calls.started_us(hook_event), tool_calls.is_finished(hook_event))

    def is_answered(self, after: SessionFold) -> bool:
        """Checks whether a wait ended for another reason than the end of the session."""
        continues = after.state != session_states.ENDED and (after.state, after.reason) != (self.state, self.reason)
        return self.state == session_states.WAITING and continues


END_HOOKS = ("post_tool_use", "post_tool_failure")


def _call_duration_us(before: FoldSnapshot, hook_event: HookEvent) -> int:
    """Returns the duration in microseconds of a tool call that this event ends, else 0.

    Prefers the host's own duration, which excludes the wait for a permission.
    """
    if hook_event.hook not in END_HOOKS or before.is_call_finished:
        return 0
    duration_ms = get_number(hook_event.data, "duration_ms")
    if duration_ms is None and before.call_started_us is not None:
        return min(max(0, hook_event.at_us - before.call_started_us), MAX_DURATION_US)
    return min(max(0, round((duration_ms or 0) * 1_000)), MAX_DURATION_US)


def make_key(at_us: int, kind: str, name: str = "", bucket: int = 0) -> CountKey:
    slot, quarter = divmod(quarter_hour_index(at_us), 2)
    return CountKey(slot, kind, name, bucket + SECOND_QUARTER * quarter)


def find_bucket(duration_us: int) -> int:
    return bisect_right(BUCKET_BOUNDS_US, duration_us)
