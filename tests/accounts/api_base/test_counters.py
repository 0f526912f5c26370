"""The counters of rate limits, with uses in any order and at any times."""

from uuid import uuid4

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from accounts.api_base.rate_counters import PERIOD_SECONDS, count_use

STEPS = st.lists(st.integers(0, 90), min_size=1, max_size=40)


@given(steps=STEPS, start=st.integers(1_800_000_000, 1_800_100_000))
def test_a_window_counts_its_own_uses_and_ends_when_it_says(steps: list[int], start: int) -> None:
    key, now, uses, end = uuid4().hex, start, 0, 0
    with time_machine.travel(start, tick=False) as clock:
        for step in steps:
            now += step
            clock.move_to(now)
            uses = uses + 1 if now < end else 1
            usage = count_use(key, "10/m")
            assert usage is not None
            assert (usage.count, usage.limit) == (uses, 10)
            assert 1 <= usage.seconds_left <= 60
            assert end in (now + usage.seconds_left, 0) or now >= end
            end = now + usage.seconds_left


def test_looking_counts_nothing_and_sees_what_was_counted() -> None:
    key = uuid4().hex
    with time_machine.travel(1_800_000_000, tick=False):
        seen = [count_use(key, "20/h", increment=step) for step in (False, True, False, True, False)]
    assert [usage and usage.count for usage in seen] == [0, 1, 1, 2, 2]


def test_windows_of_different_keys_end_at_different_times() -> None:
    with time_machine.travel(1_800_000_000, tick=False):
        ends = {usage.seconds_left for n in range(100) if (usage := count_use(f"edge-{n}", "10/h"))}
    assert len(ends) > 50
    assert max(ends) <= PERIOD_SECONDS["h"]
