"""The states of a session, as far as its events show them. Pure.

An interrupt fires no hook, and a killed session sends no end. The reader therefore also judges how long it was silent.
"""

WORKING, WAITING, ERROR, ENDED, STALE = "working", "waiting", "error", "ended", "stale"
ALL = (WORKING, WAITING, ERROR, ENDED, STALE)
# Why a session waits.
TURN_DONE, NEEDS_INPUT, NEEDS_PERMISSION, INTERRUPTED = "turn_done", "needs_input", "needs_permission", "interrupted"

_MINUTE = 60_000_000
# Microseconds of silence after which a session is stale. A running tool has a longer timeout: a build may take long.
SILENCE_TIMEOUTS_US = {WORKING: 15 * _MINUTE, WAITING: 24 * 60 * _MINUTE, ERROR: 24 * 60 * _MINUTE}
BUSY_TIMEOUT_US = 120 * _MINUTE


def current_state(state: str, *, busy: bool, last_us: int, now_us: int) -> str:
    """Returns the current state, `stale` after too long a silence; `busy`: a tool is running."""
    timeout_us = BUSY_TIMEOUT_US if busy and state == WORKING else SILENCE_TIMEOUTS_US.get(state)
    return STALE if timeout_us is not None and now_us - last_us > timeout_us else state
