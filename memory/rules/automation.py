"""Detects headless runs: sessions that a program started, without a person who would answer. Pure."""

from events.wire import patterns
from events.wire.hook_event import HookEvent
from events.wire.json_values import get_text
from memory.values.host_markup import is_by_observer

# Entry points of the host (`CLAUDE_CODE_ENTRYPOINT`) at which no person types, besides those of an SDK (`sdk-…`). Any
# other entry point, also one of a later host, belongs to a person.
_HEADLESS_ENTRYPOINTS = frozenset(("bench", "claude-code-github-action", "github-action", "mcp", "remote_trigger"))
_SDK_PREFIX = "sdk"
# Members of a payload with the source of a prompt, and the sources at which a program wrote it.
_PROMPT_SOURCES = ("promptSource", "prompt_source")
_PROGRAM_SOURCES = frozenset(("sdk", "cron", "schedule"))
# Folders in which other tools run sessions that observe the user's sessions.
_OBSERVER_FOLDER = (".claude-mem", "observer-sessions")


def detect_headless(hook_event: HookEvent) -> bool | None:
    """Detects whether an event is of a headless run; None if the event does not show it."""
    if _is_in_observer_folder(hook_event):
        return True
    entrypoint = hook_event.header.client.entrypoint or get_text(hook_event.data, "entrypoint")
    if entrypoint:
        return is_headless_entrypoint(entrypoint)
    if hook_event.hook != "prompt_submit":
        return None
    source = next(filter(None, (get_text(hook_event.data, name) for name in _PROMPT_SOURCES)), "")
    if source:
        return source.lower() in _PROGRAM_SOURCES
    return True if is_by_observer(get_text(hook_event.data, "prompt")) else None


def is_headless_entrypoint(entrypoint: str) -> bool:
    name = entrypoint.strip().lower()
    return name in _HEADLESS_ENTRYPOINTS or name.startswith(_SDK_PREFIX)


def _is_in_observer_folder(hook_event: HookEvent) -> bool:
    return any(_has_observer_folder(folder) for folder in (hook_event.header.root, hook_event.header.project) if folder)


def _has_observer_folder(folder: str) -> bool:
    if _OBSERVER_FOLDER[1] not in folder:
        return False
    parts = patterns.PATH_SEPARATORS.split(folder)
    return any(tuple(parts[at : at + 2]) == _OBSERVER_FOLDER for at in range(len(parts)))
