"""The tool catalog: one row for each tool of the host, for the rules of memory and for the pages. Pure.

A new tool is a new row of the family that it resembles. A tool that shows something of its own gets a family of its
own, and a function under that family: its body in `dashboard.render.tool_bodies`, its line in
`dashboard.render.tool_labels`, or its act in `memory.rules.tool_actions`.
"""

from dataclasses import dataclass

from memory.values import session_states


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the host. `family` is the key of the functions that show and observe its calls.

    `target` names the members of its input that say what a call is about: the first that is not empty counts.
    """

    name: str
    family: str = "other"
    icon: str = "tool"
    verb: str = ""  # the tool's name if empty
    target: tuple[str, ...] = ()  # any text of the input if empty
    color: str = "other"  # on the map of a session
    is_shell: bool = False
    edits_files: bool = False
    opens_by_default: bool = False  # the content of a call matters, not only the fact of it
    is_observed: bool = True  # False: another hook reports the act, or the act is not notable
    entry_type: str = "command"  # the type of the observation, for a tool with a sentence of its own
    sentence: str = ""  # what a call did, before its target
    waits_for: str = ""  # why a session waits during a call


def _name(name: str, sentence: str, icon: str, verb: str, target: tuple[str, ...], entry_type: str = "command") -> Tool:
    """Makes the row of a tool whose call is described in one sentence; its body lists input and result by name."""
    return Tool(name, "named", icon, verb, target, entry_type=entry_type, sentence=sentence)


_COMMAND, _PATH, _EDIT_PATH = ("command",), ("file_path",), ("file_path", "notebook_path")
_TOOLS = (
    Tool("Bash", "command", "shell", "", _COMMAND, "shell", is_shell=True, opens_by_default=True),
    Tool("PowerShell", "command", "shell", "", _COMMAND, "shell", is_shell=True, opens_by_default=True),
    Tool("BashOutput", "command_output", "shell", "", ("bash_id", "shell_id"), "shell", is_observed=False),
    Tool("KillShell", "background", "shell", "", ("shell_id",), "shell", is_observed=False),
    Tool("KillBash", "background", "shell", "", ("shell_id",), "shell", is_observed=False),  # until 2.0 of the host
    Tool("TaskOutput", "background", is_observed=False),
    Tool("TaskStop", "background", is_observed=False),
    Tool("Edit", "edit", "edit", "", _EDIT_PATH, "edit", edits_files=True, opens_by_default=True),
    Tool("MultiEdit", "edit", "edit", "", _EDIT_PATH, "edit", edits_files=True, opens_by_default=True),
    Tool("NotebookEdit", "notebook_edit", "edit", "", _EDIT_PATH, "edit", edits_files=True, opens_by_default=True),
    Tool("Write", "write", "write", "", _PATH, "edit", edits_files=True, opens_by_default=True),
    Tool("Read", "read", "read", "", _PATH, "read"),
    Tool("NotebookRead", "read", "read", "", ("notebook_path",), "read"),
    Tool("LS", "folder", "folder", "", ("path",), "read"),
    Tool("Grep", "search", "search", "", ("pattern",), "read"),
    Tool("Glob", "search", "search", "", ("pattern",), "read"),
    Tool("WebFetch", "fetch", "web", "", ("url",), "web"),
    Tool("WebSearch", "web_search", "web", "", ("query",), "web"),
    Tool("Agent", "agent", "agent", "", ("description",), "agent"),
    Tool("Task", "agent", "agent", "", ("description",), "agent"),  # the former name of `Agent`
    Tool("TaskCreate", "task_create", "task", "", ("subject", "description")),
    Tool("TaskUpdate", "task_update", "task", "", ("taskId",), is_observed=False),
    Tool("TaskGet", "task", is_observed=False),
    Tool("TaskList", "task_list", is_observed=False),
    Tool("TodoWrite", "todos", "task", "", ("todos",), opens_by_default=True),
    Tool(
        *("AskUserQuestion", "question", "ask", "Asks", ("questions",)),
        opens_by_default=True,
        waits_for=session_states.NEEDS_INPUT,
    ),
    Tool(
        *("ExitPlanMode", "plan", "task", "Plan", ("plan",)),
        opens_by_default=True,
        waits_for=session_states.NEEDS_PERMISSION,
    ),
    Tool("EnterPlanMode", is_observed=False),
    _name("Skill", "Used the skill", "agent", "Uses the skill", ("skill", "command")),
    _name("Workflow", "Ran the workflow", "agent", "Runs the workflow", ("name", "workflow", "description"), "task"),
    _name("ScheduleWakeup", "Scheduled a wake-up:", "live", "Schedules a wake-up", ("reason", "prompt")),
    _name("Monitor", "Watched", "live", "Watches", ("description", "command")),
    _name("CronCreate", "Scheduled the prompt", "live", "Schedules the prompt", ("prompt", "cron")),
    _name("CronDelete", "Cancelled the schedule", "live", "Cancels the schedule", ("id", "cron_id")),
    _name("EnterWorktree", "Entered the worktree", "folder", "Enters the worktree", ("name", "path", "worktree_path")),
    _name("ExitWorktree", "Left the worktree:", "folder", "Leaves the worktree", ("action", "name")),
    _name("Artifact", "Published the page", "web", "Publishes the page", ("title", "file_path", "description")),
    _name("PushNotification", "Notified the user:", "bell", "Notifies the user", ("message", "title")),
    _name("SendUserMessage", "Told the user:", "prompt", "Tells the user", ("message", "text")),
    _name("SendUserFile", "Sent the user the file", "prompt", "Sends the file", ("file_path", "path", "message")),
    _name("RemoteTrigger", "Managed a remote run:", "web", "Manages a remote run", ("action", "trigger_id")),
    _name("SetGoal", "Set the goal", "task", "Sets the goal", ("goal", "description"), "task"),
    *(
        _name(name, "Read the resource", "plug", "Reads the resource", ("uri",), "read")
        for name in ("ReadMcpResource", "ReadMcpResourceTool")
    ),
    *(
        _name(name, "Listed the resources of", "plug", "Lists the resources of", ("uri", "server"), "read")
        for name in ("ListMcpResources", "ListMcpResourcesTool", "ReadMcpResourceDir", "ReadMcpResourceDirTool")
    ),
    Tool("ReportFindings", "findings", "task", "Reports", ("summary",), entry_type="decision", sentence="Reported"),
    Tool("CronList", icon="live", verb="Lists the schedules", is_observed=False),
    Tool("ListAgents", icon="agent", verb="Lists the agents", is_observed=False),
    Tool("ReadNotifications", icon="bell", verb="Reads the notifications", is_observed=False),
    Tool("StructuredOutput", icon="prompt", verb="Returns the result", is_observed=False),  # of a run by a program
    Tool("ToolSearch", is_observed=False),
    Tool("SendMessage", is_observed=False),
)
TOOLS = {tool.name: tool for tool in _TOOLS}
UNKNOWN_TOOL = Tool("")


def get_tool(name: str) -> Tool:
    """Returns the row of a tool; the row of an unknown tool for any other name, also for a tool over MCP."""
    return TOOLS.get(name, UNKNOWN_TOOL)
