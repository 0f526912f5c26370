"""The states of a session, as far as its events show them. Pure.

An interrupt fires no hook, and a killed session sends no end. The reader therefore also considers how long the session
was silent. A session that only began is idle: it has no prompt, so it does not wait for anyone.
"""

WORKING, WAITING, ERROR, ENDED, STALE, IDLE = "working", "waiting", "error", "ended", "stale", "idle"
ALL = (WORKING, WAITING, ERROR, ENDED, STALE, IDLE)
# Why a session waits.
TURN_DONE, NEEDS_INPUT, NEEDS_PERMISSION, INTERRUPTED = "turn_done", "needs_input", "needs_permission", "interrupted"
# Why a session works after the end of a turn: a subagent or a command continues.
BACKGROUND = "background"
# Why a session ended without the hook of its end: the process of its host is gone.
PROCESS_GONE = "process_gone"
# By the type of a notification: why the session waits; empty if it works on.
NOTIFICATION_REASONS = {
    "permission_prompt": NEEDS_PERMISSION,
    "idle_prompt": NEEDS_INPUT,
    "agent_needs_input": NEEDS_INPUT,
    "elicitation_dialog": NEEDS_INPUT,
    "elicitation_url_dialog": NEEDS_INPUT,
    "elicitation_response": "",
    "elicitation_complete": "",
}

# What a session needs of its user, the most urgent first: the first two block its work.
PERMISSION, QUESTION, FAILURE, TURN, NOTHING = "permission", "question", "error", "turn", "working"
URGENCIES = (PERMISSION, QUESTION, FAILURE, TURN, NOTHING)

_MINUTE = 60_000_000
# Microseconds of silence after which a session is stale. A running tool has a longer timeout, also in the background: a
# build may take long.
SILENCE_TIMEOUTS_US = {WORKING: 15 * _MINUTE, WAITING: 24 * 60 * _MINUTE, ERROR: 24 * 60 * _MINUTE}
BUSY_TIMEOUT_US = 120 * _MINUTE


def current_state(state: str, *, busy: bool, last_us: int, now_us: int) -> str:
    """Returns the current state, `stale` after too long a silence; `busy`: a tool is running."""
    timeout_us = BUSY_TIMEOUT_US if busy and state == WORKING else SILENCE_TIMEOUTS_US.get(state)
    return STALE if timeout_us is not None and now_us - last_us > timeout_us else state


def find_urgency(state: str, reason: str, *, has_ask: bool) -> str:
    """Returns what a session needs of its user. `has_ask`: its question is known."""
    if state != WAITING:
        return FAILURE if state == ERROR else NOTHING
    if reason == NEEDS_PERMISSION:
        return PERMISSION
    return QUESTION if reason == NEEDS_INPUT and has_ask else TURN
