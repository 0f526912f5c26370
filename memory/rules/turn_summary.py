"""Summarizes each turn from its observations. Pure. No summary is final: another turn may follow it."""

from dataclasses import dataclass, field

from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.json_values import get_list, get_mapping, get_number, get_text
from memory.rules.failure_tracker import FailureTracker
from memory.rules.observations import Observation, estimate_tokens
from memory.rules.shell_commands import runs_tests
from memory.rules.tool_catalog import get_tool
from memory.values.host_markup import extract_tag_content, without_reminders

MAX_LINES, MAX_MESSAGE_CHARS, MAX_REQUEST_CHARS, MAX_COMPACTION_CHARS = 20, 2_000, 1_000, 6_000


@dataclass(frozen=True, slots=True)
class Summary:
    """The columns of `memory.models.Summary` without its owner.

    `investigated`, `learned`, `completed` and `next_steps` are lines of text. `closing` is the assistant's last
    message. `notes` is the model's summary at a compaction, or the commands that still fail.
    """

    seq: int
    session_id: str
    at_us: int
    request: str
    investigated: str
    learned: str
    completed: str
    next_steps: str
    notes: str
    closing: str
    tokens: int
    project: str = ""
    repo: str = ""


@dataclass(slots=True)
class Turn:
    """The acts since the last summary, as JSON lists and dicts; tasks stay open across turns."""

    request: str = ""
    investigated: list[str] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    todos: list[str] = field(default_factory=list)
    last_compaction: str = ""

    def set_request(self, prompt: str) -> None:
        self.request = storable_text(prompt.strip(), MAX_REQUEST_CHARS)

    def add_observation(self, observation: Observation) -> None:
        if not observation.agent and (part := _summary_part(observation)):  # a subagent's report covers its acts
            _add_line(getattr(self, part), observation.title)

    def update_tasks(self, hook_event: HookEvent) -> None:
        """Updates the open tasks, from hooks for tasks or from task tools."""
        data, tool_input = hook_event.data, get_mapping(hook_event.data, "tool_input")
        family = get_tool(hook_event.tool_name).family
        if hook_event.hook == "task_created":
            self._open_task(get_text(data, "task_id"), get_text(data, "task_subject"))
        elif hook_event.hook == "task_completed":
            self.tasks.pop(get_text(data, "task_id"), None)
        elif family == "task_create":
            self._open_task(_parse_task_id(data.get("tool_response")), get_text(tool_input, "subject"))
        elif family == "task_update" and get_text(tool_input, "status") in ("completed", "deleted"):
            self.tasks.pop(get_text(tool_input, "taskId"), None)
        elif family == "todos":
            todos = [todo for todo in get_list(tool_input, "todos") if get_text(todo, "status") != "completed"]
            self.todos = [summary_line(get_text(todo, "content"), 200) for todo in todos][:MAX_LINES]

    def _open_task(self, task_id: str, subject: str) -> None:
        if task_id and subject and len(self.tasks) < MAX_LINES:
            self.tasks[summary_line(task_id, 64)] = summary_line(subject, 200)

    def summarize(self, hook_event: HookEvent, failure_tracker: FailureTracker) -> Summary | None:
        """Summarizes the turn that this event ends; None if the summary would be empty."""
        closing = storable_text(
            without_reminders(get_text(hook_event.data, "last_assistant_message")), MAX_MESSAGE_CHARS
        )
        parts = {
            "request": self.request,
            "investigated": "\n".join(self.investigated),
            "learned": "\n".join(self.learned),
            "completed": "\n".join(self.completed),
            "next_steps": "\n".join([*self.tasks.values(), *self.todos]),
            "notes": "\n".join(failure_tracker.pop_unreported()),
        }
        self.investigated, self.learned, self.completed = [], [], []
        if not closing and not any(parts.values()):
            return None
        return _build_summary(hook_event, **parts, closing=closing)

    def summarize_compaction(self, hook_event: HookEvent) -> Summary | None:
        """Makes a summary of the model's text for a compaction; None if another event brought the text before."""
        message = get_text(hook_event.data, "compact_summary") or get_text(hook_event.data, "last_assistant_message")
        tagged = extract_tag_content(message, "summary")
        notes = storable_text(without_reminders(message if tagged is None else tagged), MAX_COMPACTION_CHARS)
        if not notes or notes[:200] == self.last_compaction:
            return None
        self.last_compaction = notes[:200]
        return _build_summary(hook_event, notes=notes)


def _build_summary(hook_event: HookEvent, **parts: str) -> Summary:
    empty = dict.fromkeys(("request", "investigated", "learned", "completed", "next_steps", "notes", "closing"), "")
    fields = empty | parts
    token_count = estimate_tokens(*fields.values())
    return Summary(hook_event.seq, hook_event.session_id, hook_event.at_us, **fields, tokens=token_count)


def _parse_task_id(response: object) -> str:
    task = get_mapping(response, "task")
    for value in (get_text(task, "id"), get_text(response, "taskId"), get_number(task, "id")):
        if value:
            return str(value)
    return ""


def _summary_part(observation: Observation) -> str:
    """Returns the part of a summary to which an observation belongs; empty if a summary leaves it out."""
    if observation.type == "command":
        return "completed" if runs_tests(observation.title.partition("`")[2].rstrip("`")) else ""
    if observation.type == "task" and observation.title.startswith(("Task done", "Planned")):
        return "completed" if observation.title.startswith("Task done") else ""
    return "" if observation.title.startswith("Not allowed") else SUMMARY_PARTS.get(observation.type, "")


SUMMARY_PARTS = {
    **dict.fromkeys(("read", "search", "web", "task"), "investigated"),
    **dict.fromkeys(("edit", "decision"), "completed"),
    "fix": "learned",
}


def _add_line(lines: list[str], title: str) -> None:
    if title not in lines and len(lines) < MAX_LINES:
        lines.append(title)
