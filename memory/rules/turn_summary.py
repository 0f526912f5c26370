"""A summary of each turn, from what was observed in it. Pure. A checkpoint: there may be another turn, or none."""

from dataclasses import dataclass, field

from events.wire.hook_event import Happening, line, whole
from events.wire.json_values import items, mapping, number, text
from memory.rules.failure_tracker import Failing
from memory.rules.observations import Observation, tokens
from memory.rules.shell_commands import runs_tests
from memory.values.host_markup import inside_tag, without_reminders

MOST, SAID, REQUEST, COMPACTED = 20, 2_000, 1_000, 6_000


@dataclass(frozen=True, slots=True)
class Summary:
    """The columns of `memory.models.Summary` without its owner.

    `completed` and its like are lines of text; `closing` are the assistant's last words, `notes` what it wrote down
    for compaction, or what fails still.
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
    """What happened since the last checkpoint, as lists and dicts of JSON; tasks stay open across turns."""

    request: str = ""
    investigated: list[str] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    todos: list[str] = field(default_factory=list)
    compacted: str = ""

    def asked(self, prompt: str) -> None:
        self.request = whole(prompt.strip(), REQUEST)

    def observed(self, one: Observation) -> None:
        if not one.agent and (part := _part(one)):  # what a subagent did, its report tells
            _add(getattr(self, part), one.title)

    def tasked(self, happening: Happening) -> None:
        """Tasks that were planned or done, by their own hooks or by the tools for them."""
        data, given = happening.data, mapping(happening.data, "tool_input")
        tool = text(data, "tool_name")
        if happening.hook == "task_created":
            self._open(text(data, "task_id"), text(data, "task_subject"))
        elif happening.hook == "task_completed":
            self.tasks.pop(text(data, "task_id"), None)
        elif tool == "TaskCreate":
            self._open(_task_id(data.get("tool_response")), text(given, "subject"))
        elif tool == "TaskUpdate" and text(given, "status") in ("completed", "deleted"):
            self.tasks.pop(text(given, "taskId"), None)
        elif tool == "TodoWrite":
            todos = [todo for todo in items(given, "todos") if text(todo, "status") != "completed"]
            self.todos = [line(text(todo, "content"), 200) for todo in todos][:MOST]

    def _open(self, task: str, subject: str) -> None:
        if task and subject and len(self.tasks) < MOST:
            self.tasks[line(task, 64)] = line(subject, 200)

    def close(self, happening: Happening, failing: Failing) -> Summary | None:
        """The summary of the turn that this event ends; None when there is nothing to say."""
        closing = whole(without_reminders(text(happening.data, "last_assistant_message")), SAID)
        parts = {
            "request": self.request,
            "investigated": "\n".join(self.investigated),
            "learned": "\n".join(self.learned),
            "completed": "\n".join(self.completed),
            "next_steps": "\n".join([*self.tasks.values(), *self.todos]),
            "notes": "\n".join(failing.told()),
        }
        self.investigated, self.learned, self.completed = [], [], []
        if not closing and not any(parts.values()):
            return None
        return _summary(happening, **parts, closing=closing)

    def compact(self, happening: Happening) -> Summary | None:
        """What the model itself wrote down for compaction; two events may bring the same."""
        said = text(happening.data, "compact_summary") or text(happening.data, "last_assistant_message")
        found = inside_tag(said, "summary")
        notes = whole(without_reminders(said if found is None else found), COMPACTED)
        if not notes or notes[:200] == self.compacted:
            return None
        self.compacted = notes[:200]
        return _summary(happening, notes=notes)


def _summary(happening: Happening, **parts: str) -> Summary:
    empty = dict.fromkeys(("request", "investigated", "learned", "completed", "next_steps", "notes", "closing"), "")
    told = empty | parts
    cost = tokens(*told.values())
    return Summary(happening.seq, happening.session_id, happening.at_us, **told, tokens=cost)


def _task_id(response: object) -> str:
    of_task = mapping(response, "task")
    for value in (text(of_task, "id"), text(response, "taskId"), number(of_task, "id")):
        if value:
            return str(value)
    return ""


def _part(one: Observation) -> str:
    """Where in a summary an act belongs; empty for what a summary leaves out."""
    if one.type == "command":
        return "completed" if runs_tests(one.title.partition("`")[2].rstrip("`")) else ""
    if one.type == "task" and one.title.startswith(("Task done", "Planned")):
        return "completed" if one.title.startswith("Task done") else ""
    return "" if one.title.startswith("Not allowed") else PARTS.get(one.type, "")


PARTS = {
    **dict.fromkeys(("read", "search", "web", "task"), "investigated"),
    **dict.fromkeys(("edit", "decision"), "completed"),
    "fix": "learned",
}


def _add(lines: list[str], title: str) -> None:
    if title not in lines and len(lines) < MOST:
        lines.append(title)
