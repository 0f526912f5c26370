"""From an event to the notable act that it tells of, if it does. Pure. What tools do stands in
`memory.rules.tool_actions`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from events.wire.hook_event import Happening, line, whole
from events.wire.json_values import flag, mapping, text
from memory.rules import shell_commands, tool_actions
from memory.rules.failure_tracker import Failing
from memory.rules.tool_actions import Act, Use
from memory.values.text_analyzer import plain

LONGEST_TITLE = 200
CHARACTERS_A_TOKEN = 4
SHELLS = frozenset({"Bash", "PowerShell"})


@dataclass(frozen=True, slots=True)
class Observation:
    """The columns of `memory.models.Observation` without its owner, and the text that it is found by.

    `seq` is the number of the event that ended the act, `begun` of the one that began it, `fixes` of a failure that it
    put right. `trust` says whose words these are: `assistant`, `tool` or `web`. `files_…` are lines.
    """

    seq: int
    session_id: str
    at_us: int
    type: str
    tool: str
    title: str
    outcome: str
    failed: bool
    agent: str
    trust: str
    files_read: str
    files_modified: str
    text: str
    tokens: int
    begun: int | None = None
    fixes: int | None = None
    project: str = ""
    repo: str = ""

    @property
    def kept(self) -> str:
        """The text where the event alone does not tell it. The others' is in the log already: see `retold`."""
        return "" if self.fixes is None else self.text


def observe(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Observation | None:
    """The act that this event ends; `failing` learns of it."""
    on_hook = ON_HOOK.get(happening.hook)
    made = on_hook(happening, failing, folders) if on_hook else None
    if made is None:
        return None
    text_ = whole(plain(made.body), tool_actions.BODY + 100)
    return Observation(
        seq=happening.seq,
        session_id=happening.session_id,
        at_us=happening.at_us,
        type=made.type,
        tool=line(text(happening.data, "tool_name"), 100),
        title=line(made.what, LONGEST_TITLE),
        outcome=line(plain(made.outcome), LONGEST_TITLE),
        failed=made.type == "failure",
        agent=line(text(happening.data, "agent_type"), 100),
        trust=made.trust,
        files_read=whole("\n".join(made.read), tool_actions.BODY),
        files_modified=whole("\n".join(made.modified), tool_actions.BODY),
        text=text_,
        tokens=tokens(made.what, made.outcome, text_),
        fixes=made.fixes if isinstance(made, Fixing) else None,
    )


def retold(happening: Happening, folder: str) -> str:
    """The text of an act in this project's folder that keeps none."""
    seen = observe(happening, Failing(), (folder,))
    return seen.text if seen else ""


def tokens(*texts: str) -> int:
    """About how many tokens a model reads these as."""
    return sum(map(len, texts)) // CHARACTERS_A_TOKEN + 1


@dataclass(frozen=True, slots=True)
class Fixing(Act):
    fixes: int | None = None


def _use(happening: Happening, folders: tuple[str, ...]) -> Use:
    data = happening.data
    return Use(
        text(data, "tool_name"), mapping(data, "tool_input"), data.get("tool_response"), (*folders, text(data, "cwd"))
    )


def _command(use: Use) -> str:
    return line(shell_commands.essence(text(use.given, "command")), shell_commands.LONGEST)


def _bare(what: str) -> str:
    """What was run, without saying so."""
    return what.removeprefix("Ran ").removeprefix("Used ")


def _done(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act | None:
    use = _use(happening, folders)
    made = tool_actions.act(use)
    if made is None:
        return None
    for path in made.modified:
        failing.edited(path)
    passed = failing.passed(_command(use)) if use.tool in SHELLS else None
    if passed is None or flag(use.response, "interrupted"):
        return made
    after = f" after editing {', '.join(passed.files)}" if passed.files else ""
    what = f"{_bare(made.what)} passes again{after}"
    body = f"It had failed: {passed.why}\n{made.body}"
    return Fixing("fix", what, made.outcome, modified=passed.files, body=body, trust=made.trust, fixes=passed.failure)


def _failed(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act | None:
    use, error = _use(happening, folders), text(happening.data, "error")
    made = tool_actions.act(use)
    if made is None:
        return None
    if flag(happening.data, "is_interrupt"):
        return replace(made, outcome="interrupted", modified=())
    why = shell_commands.why(error)
    if use.tool in SHELLS:
        failing.failed(_command(use), happening.seq, line(why, LONGEST_TITLE))
    what = _bare(made.what)
    body = f"{made.body}\n{error[: tool_actions.BODY]}"
    return Act("failure", f"{what} failed", why, made.read, (), body, made.trust)


def _task_done(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act:
    subject, about = text(happening.data, "task_subject"), text(happening.data, "task_description")
    return Act(
        "task", f"Task done: {line(subject, tool_actions.TITLE)}", body=f"{subject}\n{about}"[: tool_actions.BODY]
    )


def _reported(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act:
    said = text(happening.data, "last_assistant_message")
    agent = line(text(happening.data, "agent_type"), 40)
    return Act(
        "task",
        f"{agent}: {line(said, tool_actions.TITLE)}",
        "in background",
        body=said[: tool_actions.BODY],
        trust="assistant",
    )


def _denied(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act | None:
    made = tool_actions.act(_use(happening, folders))
    what = _bare(made.what) if made else text(happening.data, "tool_name")
    reason = line(text(happening.data, "reason"), tool_actions.TITLE)
    return Act("decision", f"Not allowed: {what}", reason, body=made.body if made else "")


def _turn_failed(happening: Happening, failing: Failing, folders: tuple[str, ...]) -> Act:
    said = text(happening.data, "last_assistant_message")
    return Act(
        "failure",
        "The turn failed",
        line(said or text(happening.data, "error"), tool_actions.TITLE),
        body=said[: tool_actions.BODY],
    )


ON_HOOK: dict[str, Callable[[Happening, Failing, tuple[str, ...]], Act | None]] = {
    "post_tool_use": _done,
    "post_tool_failure": _failed,
    "permission_denied": _denied,
    "task_completed": _task_done,
    # Only of those that ran in the background: see `memory.rules.session_projection`.
    "subagent_stop": _reported,
    "stop_failure": _turn_failed,
}
