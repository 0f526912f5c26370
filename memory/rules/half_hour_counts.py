"""What happened in each half hour of a session, counted: the sums that insights are drawn from. Pure.

While a session is told in order its sums are added to; when it is made anew, so are they.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from events.wire.hook_event import HookEvent, half_hour_index
from events.wire.json_values import get_number, get_text
from memory.rules.session_fold import SessionFold
from memory.rules.token_usage import TOKEN_FIELDS, MessageUsage
from memory.rules.tool_calls import parse_tool_name
from memory.values import session_states

MAX_DURATION_US, MAX_TOKENS = 10**12, 10**9
# What is counted: every event by how late it came, prompts, uses of a tool, what a session waited for until somebody
# answered, messages of a model, and what Memfog gave to sessions as context.
EVENT, PROMPT, TOOL, WAIT, MODEL, CONTEXT = "event", "prompt", "tool", "wait", "model", "given"
# A bucket holds what took less than its bound; the last one all else.
BUCKET_BOUNDS_US = (1_000_000, 10_000_000, 60_000_000, 600_000_000, 3_600_000_000)
LAST_BUCKET = len(BUCKET_BOUNDS_US)


class CountKey(NamedTuple):
    """What a sum is of. `slot` counts half hours since 1970; `bucket` is how long it took, for events and waits."""

    slot: int
    kind: str
    name: str
    bucket: int


@dataclass(slots=True)
class CountTotals:
    """How many; how many of them failed; how long they took together, in microseconds; and the tokens they used."""

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
    """The sums of what was taken in, by what they are of."""

    totals: dict[CountKey, CountTotals] = field(default_factory=dict)

    def add(self, key: CountKey, count: int = 1, **amounts: int) -> None:
        total = self.totals.setdefault(key, CountTotals())
        for name, value in {"count": count, **amounts}.items():
            setattr(total, name, getattr(total, name) + value)

    def count_event(self, hook_event: HookEvent) -> None:
        """An event of whatever kind, in whatever order."""
        delay_us = max(0, hook_event.received_us - hook_event.at_us)
        self.add(
            CountKey(half_hour_index(hook_event.at_us), EVENT, "", find_bucket(delay_us)),
            duration_us=min(delay_us, MAX_DURATION_US),
        )

    def count_changes(self, before: "FoldSnapshot", hook_event: HookEvent, after: SessionFold) -> None:
        """What the story took from this event, by how it was before."""
        self._count_tool_call(before, hook_event, after)
        if after.prompts > before.prompts:
            self.add(CountKey(half_hour_index(hook_event.at_us), PROMPT, "", 0))
        if before.is_answered(after):
            duration_us = min(max(0, hook_event.at_us - before.state_us), MAX_DURATION_US)
            key = CountKey(half_hour_index(before.state_us), WAIT, before.reason, find_bucket(duration_us))
            self.add(key, duration_us=duration_us)
        if get_text(hook_event.wire_event, "kind", "type") == "ContextInjected":
            self._count_context(hook_event)

    def count_usage(self, before: MessageUsage | None, after: MessageUsage) -> None:
        """A message is known better now: what it was counted as is taken back."""
        for sign, one in ((-1, before), (1, after)):
            if one:
                tokens = {name: sign * getattr(one, name) for name in TOKEN_FIELDS}
                key = CountKey(half_hour_index(one.at_us), MODEL, one.model, 0)
                self.add(key, sign, cost_microdollars=sign * one.cost_microdollars, **tokens)

    def _count_tool_call(self, before: "FoldSnapshot", hook_event: HookEvent, after: SessionFold) -> None:
        """A use counts where it began, what it took and how it ended where it ended."""
        count, failed = after.tools - before.tools, after.failures - before.failures
        duration_us = _call_duration_us(before, hook_event)
        if count or failed or duration_us:
            key = CountKey(half_hour_index(hook_event.at_us), TOOL, parse_tool_name(hook_event), 0)
            self.add(key, count, failed=failed, duration_us=duration_us)

    def _count_context(self, hook_event: HookEvent) -> None:
        tokens = min(max(0, int(get_number(hook_event.data, "tokens") or 0)), MAX_TOKENS)
        self.add(CountKey(half_hour_index(hook_event.at_us), CONTEXT, "", 0), input_tokens=tokens)


@dataclass(frozen=True, slots=True)
class FoldSnapshot:
    """What a tally must know of a story that is about to take its next event."""

    prompts: int
    tools: int
    failures: int
    state: str
    reason: str
    state_us: int
    # Of the use that this event tells of: since when it has been at work, if that was told, and whether it is over.
    call_started_us: int | None
    is_call_finished: bool

    @classmethod
    def capture(cls, fold: SessionFold, hook_event: HookEvent) -> Self:
        counts, tool_calls = (fold.prompts, fold.tools, fold.failures), fold.fold_state.tool_calls
        state = fold.state, fold.reason, fold.state_us
        return cls(*counts, *state, tool_calls.started_us(hook_event), tool_calls.is_finished(hook_event))

    def is_answered(self, after: SessionFold) -> bool:
        """Whether a wait is over, and not because the session is."""
        continues = after.state != session_states.ENDED and (after.state, after.reason) != (self.state, self.reason)
        return self.state == session_states.WAITING and continues


END_HOOKS = ("post_tool_use", "post_tool_failure")


def _call_duration_us(before: FoldSnapshot, hook_event: HookEvent) -> int:
    """Microseconds that a use took which ends here: as the host tool has it, without the wait for a permission."""
    if hook_event.hook not in END_HOOKS or before.is_call_finished:
        return 0
    duration_ms = get_number(hook_event.data, "duration_ms")
    if duration_ms is None and before.call_started_us is not None:
        return min(max(0, hook_event.at_us - before.call_started_us), MAX_DURATION_US)
    return min(max(0, round((duration_ms or 0) * 1_000)), MAX_DURATION_US)


def find_bucket(duration_us: int) -> int:
    return bisect_right(BUCKET_BOUNDS_US, duration_us)
