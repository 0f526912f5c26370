"""One captured event as one line of the feed. Pure: from a parsed wire event to a `Row`, whatever came in.

`data` below is the hook JSON of the host tool. Nothing in it is trusted to be there, nor to be of its type.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from dashboard.render import tool_labels
from dashboard.render.safe_text import first_line, one_line
from events.wire import patterns
from events.wire.json_values import Data, flag, items, mapping, number, text
from memory.values.host_markup import inside_tag, is_report

LONGEST = tool_labels.LONGEST


class Said(NamedTuple):
    """What a row says. `tone` is one of: plain, open, good, bad, wait, said, edge."""

    icon: str
    verb: str
    target: str = ""
    outcome: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the feed; every string is one line, bounded, with nothing hidden in it, and not yet escaped.

    Rows with the same `key` tell of one thing, a use of a tool: the later one stands for both, except that one
    still `open` (its result is not known yet) never replaces one that is not. `key` is safe in HTML.
    """

    icon: str
    verb: str
    target: str
    outcome: str
    tone: str
    project: str
    session: str
    agent: str
    ts: str
    key: str = ""

    @property
    def open(self) -> bool:
        return self.tone == "open"

    @property
    def hue(self) -> int:
        return hue(self.project)


def hue(project: str) -> int:
    """One of eight colours, the same for a project wherever it shows."""
    return blake2b(project.encode(), digest_size=1).digest()[0] % 8


def row(event: object) -> Row:
    """The row of a wire event. Never raises."""
    kind = mapping(event, "kind")
    data = mapping(kind, "data", "data") if text(kind, "type") == "HookEvent" else mapping(kind, "data")
    folders = text(event, "root"), text(event, "project"), text(data, "cwd")
    said = _said(kind, data, folders)
    return Row(
        icon=said.icon,
        verb=one_line(said.verb, 80),
        target=one_line(said.target, LONGEST),
        outcome=one_line(said.outcome, 100),
        tone=said.tone,
        project=one_line(_name(event), 60),
        session=one_line(text(data, "session_id")[:8], 8),
        agent=one_line(text(data, "agent_type") if "agent_type" in data else text(data, "agent_id")[:8], 40),
        ts=text(event, "ts"),
        key=_key(data),
    )


def _said(kind: Data, data: Data, folders: tuple[str, ...]) -> Said:
    type_ = text(kind, "type")
    if type_ != "HookEvent":
        told = KINDS.get(type_)
        return told(data, folders) if told else Said("dot", type_ or "Event", _anything(data))
    hook = text(kind, "data", "hook")
    say = HOOKS.get(hook)
    return say(data, folders) if say else Said("dot", _words(hook) or "Hook", _anything(data))


def _name(event: object) -> str:
    return place_name(text(event, "repo"), text(event, "root") or text(event, "project"))


def place_name(repo: str, folder: str) -> str:
    """The project in one word: of the repository, else of the folder that the session began in."""
    place = repo or folder
    parts = [part for part in patterns.PATH_EDGES.split(place) if part]
    return parts[-1] if parts else place


def _key(data: Data) -> str:
    use, session = text(data, "tool_use_id"), text(data, "session_id")
    # Hashed, so that a hostile id is harmless in an attribute.
    return blake2b(f"{session}\0{use}".encode("utf-8", "replace"), digest_size=8).hexdigest() if use else ""


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _anything(data: Data) -> str:
    return next((first_line(value, LONGEST) for value in data.values() if isinstance(value, str) and value), "")


def _duration(data: Data) -> str:
    return duration(number(data, "duration_ms"))


def duration(ms: float | None) -> str:
    """As a person says it; nothing for what is none."""
    if ms is None or ms < 0:
        return ""
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f} s"
    if ms < 3_600_000:
        return f"{ms // 60_000:.0f} min {ms % 60_000 // 1_000:.0f} s"
    return f"{ms // 3_600_000:.0f} h {ms % 3_600_000 // 60_000:.0f} min"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


# --- Tools ----------------------------------------------------------------------------------------------


def _tool(data: Data, folders: tuple[str, ...], outcome: str, tone: str) -> Said:
    return Said(*tool_labels.use(text(data, "tool_name"), mapping(data, "tool_input"), folders), outcome, tone)


def _tool_began(data: Data, folders: tuple[str, ...]) -> Said:
    return _tool(data, folders, "…", "open")


def _tool_done(data: Data, folders: tuple[str, ...]) -> Said:
    came = tool_labels.outcome(text(data, "tool_name"), data.get("tool_response"))
    return _tool(data, folders, f"✓ {_joined(came, _duration(data))}", "good")


def _tool_failed(data: Data, folders: tuple[str, ...]) -> Said:
    why = "interrupted" if flag(data, "is_interrupt") else tool_labels.failure(text(data, "error"))
    return _tool(data, folders, f"✗ {_joined(why, _duration(data))}", "bad")


def _tool_denied(data: Data, folders: tuple[str, ...]) -> Said:
    return _tool(data, folders, f"✗ {_joined('denied', first_line(text(data, 'reason'), 60))}", "bad")


def _tool_asked(data: Data, folders: tuple[str, ...]) -> Said:
    return _tool(data, folders, "needs permission", "wait")


# --- Prompts, notifications, subagents -------------------------------------------------------------------


def _prompt(data: Data, folders: tuple[str, ...]) -> Said:
    prompt = text(data, "prompt") or text(data, "text")
    # The client reports a finished background task as if somebody had typed it.
    if not is_report(prompt):
        return Said("prompt", "Prompt", first_line(prompt, LONGEST), tone="said")
    return Said("agent", "Background task", *(_inside(tag, prompt) for tag in ("summary", "status")))


def _inside(tag: str, prompt: str) -> str:
    return first_line(inside_tag(prompt, tag) or "", LONGEST)


NOTICES = {
    "permission_prompt": ("Needs permission", "wait"),
    "idle_prompt": ("Waits for you", "wait"),
    "elicitation_dialog": ("Needs an answer", "wait"),
    "elicitation_url_dialog": ("Needs an answer", "wait"),
    "agent_needs_input": ("Needs input", "wait"),
    "agent_completed": ("Agent done", "plain"),
}


def _notification(data: Data, folders: tuple[str, ...]) -> Said:
    type_ = text(data, "notification_type")
    # The verb says the type where we know it.
    verb, tone, known = (*NOTICES[type_], True) if type_ in NOTICES else ("Notice", "plain", False)
    return Said("bell", verb, first_line(text(data, "message"), LONGEST), "" if known else _words(type_).lower(), tone)


def _subagent_done(data: Data, folders: tuple[str, ...]) -> Said:
    # Compaction runs as a subagent without a type, and only its end is told.
    if not text(data, "agent_type"):
        return Said("compact", "Summary written", "", "for compaction")
    return Said("agent", "Subagent done", first_line(text(data, "last_assistant_message"), LONGEST))


def _batch(data: Data, folders: tuple[str, ...]) -> Said:
    calls = data.get("tool_calls")
    count = len(calls) if isinstance(calls, list) else 0
    return Said("tool", "Batch", f"{count} tool use{'' if count == 1 else 's'}", "done")


def _plain(icon: str, verb: str, target: str = "", outcome: str = "", tone: str = "plain") -> "Say":
    """A hook whose row is a fixed verb and the first lines of two of its fields."""

    def say(data: Data, folders: tuple[str, ...]) -> Said:
        about = tool_labels.relative(text(data, target), folders)
        came = text(data, outcome).replace("_", " ")
        return Said(icon, verb, first_line(about, LONGEST), first_line(came, 80), tone)

    return say


def _used(data: Data, folders: tuple[str, ...]) -> Said:
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    tokens = sum(number(data, name) or 0 for name in names)
    return Said("model", "Usage", first_line(text(data, "model"), 80), f"{tokens:,.0f} tokens")


def _handed(data: Data, folders: tuple[str, ...]) -> Said:
    count, tokens = len(items(data, "items")), number(data, "tokens")
    about = f"{count} item{'' if count == 1 else 's'} of memory"
    return Said("memory", "Context given", about, f"{tokens:,.0f} tokens" if tokens is not None else "")


def _dropped(data: Data, folders: tuple[str, ...]) -> Said:
    count = number(data, "dropped") or 0
    lost = f"{count:,.0f} event{'' if count == 1 else 's'} lost on the way"
    return Said("bell", "Spool full", lost, first_line(text(data, "reason"), 80), "bad")


Say = Callable[[Data, tuple[str, ...]], Said]
# Kinds that are no hooks: a prompt of another tool, and what the client tells of itself.
KINDS: dict[str, Say] = {
    "Prompt": _prompt,
    "Usage": _used,
    "ContextInjected": _handed,
    "SpoolDropped": _dropped,
}
# The twelve that are installed, then what else the host tool knows.
HOOKS: dict[str, Say] = {
    "session_start": _plain("start", "Session started", "model", "source", "edge"),
    "session_end": _plain("end", "Session ended", "", "reason", "edge"),
    "prompt_submit": _prompt,
    "pre_tool_use": _tool_began,
    "post_tool_use": _tool_done,
    "post_tool_failure": _tool_failed,
    "pre_compact": _plain("compact", "Compacting", "custom_instructions", "trigger"),
    "subagent_start": _plain("agent", "Subagent started"),
    "subagent_stop": _subagent_done,
    "notification": _notification,
    "task_completed": _plain("task", "Task done", "task_subject"),
    "stop": _plain("stop", "Turn done", "last_assistant_message"),
    "stop_failure": _plain("stop", "Turn failed", "last_assistant_message", "error", "bad"),
    "permission_request": _tool_asked,
    "permission_denied": _tool_denied,
    "post_tool_batch": _batch,
    "post_compact": _plain("compact", "Compacted", "", "trigger"),
    "pre_model_switch": _plain("model", "Switching model", "to_model", "source"),
    "post_model_switch": _plain("model", "Model switched", "to_model", "source"),
    "task_created": _plain("task", "Task added", "task_subject"),
    "teammate_idle": _plain("agent", "Teammate idle", "teammate_name"),
    "message_display": _plain("prompt", "Claude", "delta"),
    "user_prompt_expansion": _plain("prompt", "Command", "prompt", "command_source"),
    "config_change": _plain("settings", "Settings changed", "file_path", "source"),
    "instructions_loaded": _plain("read", "Instructions loaded", "file_path", "load_reason"),
    "cwd_changed": _plain("folder", "Moved to", "new_cwd"),
    "file_changed": _plain("edit", "File changed", "file_path", "event"),
    "directory_added": _plain("folder", "Folder added", "directory", "source"),
    "worktree_create": _plain("folder", "Worktree added", "name"),
    "worktree_remove": _plain("folder", "Worktree removed", "worktree_path"),
    "elicitation": _plain("ask", "Asks", "message", "mcp_server_name", "wait"),
    "elicitation_result": _plain("ask", "Answered", "", "action"),
    "setup": _plain("settings", "Setup", "", "trigger"),
}
