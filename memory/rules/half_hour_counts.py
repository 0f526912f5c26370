"""What happened in each half hour of a session, counted: the sums that insights are drawn from. Pure.

While a session is told in order its sums are added to; when it is made anew, so are they.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from events.wire.hook_event import Happening, slot
from events.wire.json_values import number, text
from memory.rules.session_fold import Story
from memory.rules.token_usage import TOKENS, Spent
from memory.rules.tool_calls import tool_name
from memory.values import session_states

MOST_US, MOST_TOKENS = 10**12, 10**9
# What is counted: every event by how late it came, prompts, uses of a tool, what a session waited for until somebody
# answered, messages of a model, and what Memfog gave to sessions as context.
EVENT, PROMPT, TOOL, WAIT, MODEL, GIVEN = "event", "prompt", "tool", "wait", "model", "given"
# A bucket holds what took less than its bound; the last one all else.
BOUNDS_US = (1_000_000, 10_000_000, 60_000_000, 600_000_000, 3_600_000_000)
LONGEST = len(BOUNDS_US)


class Key(NamedTuple):
    """What a sum is of. `slot` counts half hours since 1970; `bucket` is how long it took, for events and waits."""

    slot: int
    kind: str
    name: str
    bucket: int


@dataclass(slots=True)
class Sum:
    """How many; how many of them failed; how long they took together, in microseconds; and the tokens they used."""

    count: int = 0
    failed: int = 0
    lasted_us: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cost_microdollars: int = 0


@dataclass(slots=True)
class Tallies:
    """The sums of what was taken in, by what they are of."""

    sums: dict[Key, Sum] = field(default_factory=dict)

    def add(self, key: Key, count: int = 1, **more: int) -> None:
        known = self.sums.setdefault(key, Sum())
        for name, value in {"count": count, **more}.items():
            setattr(known, name, getattr(known, name) + value)

    def came(self, happening: Happening) -> None:
        """An event of whatever kind, in whatever order."""
        late_us = max(0, happening.received_us - happening.at_us)
        self.add(Key(slot(happening.at_us), EVENT, "", bucket(late_us)), lasted_us=min(late_us, MOST_US))

    def told(self, before: "Before", happening: Happening, after: Story) -> None:
        """What the story took from this event, by how it was before."""
        self._used(before, happening, after)
        if after.prompts > before.prompts:
            self.add(Key(slot(happening.at_us), PROMPT, "", 0))
        if before.is_answered(after):
            lasted_us = min(max(0, happening.at_us - before.state_us), MOST_US)
            key = Key(slot(before.state_us), WAIT, before.reason, bucket(lasted_us))
            self.add(key, lasted_us=lasted_us)
        if text(happening.event, "kind", "type") == "ContextInjected":
            self._given(happening)

    def spent(self, before: Spent | None, after: Spent) -> None:
        """A message is known better now: what it was counted as is taken back."""
        for sign, one in ((-1, before), (1, after)):
            if one:
                tokens = {name: sign * getattr(one, name) for name in TOKENS}
                key = Key(slot(one.at_us), MODEL, one.model, 0)
                self.add(key, sign, cost_microdollars=sign * one.cost, **tokens)

    def _used(self, before: "Before", happening: Happening, after: Story) -> None:
        """A use counts where it began, what it took and how it ended where it ended."""
        count, failed = after.tools - before.tools, after.failures - before.failures
        lasted_us = _lasted(before, happening)
        if count or failed or lasted_us:
            key = Key(slot(happening.at_us), TOOL, tool_name(happening), 0)
            self.add(key, count, failed=failed, lasted_us=lasted_us)

    def _given(self, happening: Happening) -> None:
        tokens = min(max(0, int(number(happening.data, "tokens") or 0)), MOST_TOKENS)
        self.add(Key(slot(happening.at_us), GIVEN, "", 0), input_tokens=tokens)


@dataclass(frozen=True, slots=True)
class Before:
    """What a tally must know of a story that is about to take its next event."""

    prompts: int
    tools: int
    failures: int
    state: str
    reason: str
    state_us: int
    # Of the use that this event tells of: since when it has been at work, if that was told, and whether it is over.
    since_us: int | None
    is_over: bool

    @classmethod
    def of(cls, story: Story, happening: Happening) -> Self:
        counts, uses = (story.prompts, story.tools, story.failures), story.carry.uses
        state = story.state, story.reason, story.state_us
        return cls(*counts, *state, uses.since(happening), uses.is_over(happening))

    def is_answered(self, after: Story) -> bool:
        """Whether a wait is over, and not because the session is."""
        goes_on = after.state != session_states.ENDED and (after.state, after.reason) != (self.state, self.reason)
        return self.state == session_states.WAITING and goes_on


ENDS = ("post_tool_use", "post_tool_failure")


def _lasted(before: Before, happening: Happening) -> int:
    """Microseconds that a use took which ends here: as the host tool has it, without the wait for a permission."""
    if happening.hook not in ENDS or before.is_over:
        return 0
    took_ms = number(happening.data, "duration_ms")
    if took_ms is None and before.since_us is not None:
        return min(max(0, happening.at_us - before.since_us), MOST_US)
    return min(max(0, round((took_ms or 0) * 1_000)), MOST_US)


def bucket(lasted_us: int) -> int:
    return bisect_right(BOUNDS_US, lasted_us)
