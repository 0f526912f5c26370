"""Reads which background tasks the host reports as running at the end of a turn. Pure."""

from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text

# States in which a task is over. A later host may name its other states differently.
_NAMES_OF_ENDED_STATES = """
aborted cancelled canceled completed done ended error failed finished killed stopped success succeeded timed_out timeout
"""
_ENDED_STATES = frozenset(_NAMES_OF_ENDED_STATES.split())


def list_running_tasks(hook_event: HookEvent) -> list[str] | None:
    """Lists the types of the tasks that run in the background; None if the host did not report them."""
    tasks = hook_event.data.get("background_tasks")
    if not isinstance(tasks, list):
        return None
    running = [task for task in tasks if isinstance(task, dict) and _is_running(task)]
    return [get_text(task, "type") for task in running]


def _is_running(task: dict[str, object]) -> bool:
    return get_text(task, "status").lower() not in _ENDED_STATES
