"""What a session is doing, as far as its events tell. Pure.

An interrupt fires no hook, a killed session never ends: so silence is read too, by whoever looks.
"""

WORKING, WAITING, ERROR, ENDED, STALE = "working", "waiting", "error", "ended", "stale"
ALL = (WORKING, WAITING, ERROR, ENDED, STALE)
# Why a session waits.
TURN_DONE, NEEDS_INPUT, NEEDS_PERMISSION, INTERRUPTED = "turn_done", "needs_input", "needs_permission", "interrupted"

_MINUTE = 60_000_000
# Microseconds of silence after which nobody believes it any more. A build may take its time.
SILENCE_TIMEOUTS_US = {WORKING: 15 * _MINUTE, WAITING: 24 * 60 * _MINUTE, ERROR: 24 * 60 * _MINUTE}
BUSY_TIMEOUT_US = 120 * _MINUTE


def current_state(state: str, *, busy: bool, last_us: int, now_us: int) -> str:
    """The state as it reads now; `busy` is whether a tool is at work."""
    timeout_us = BUSY_TIMEOUT_US if busy and state == WORKING else SILENCE_TIMEOUTS_US.get(state)
    return STALE if timeout_us is not None and now_us - last_us > timeout_us else state
