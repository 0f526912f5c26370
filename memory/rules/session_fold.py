"""The session fold: the state of a session, and how its next event changes it. Pure.

`apply` needs events in the order of `HookEvent.sort_key`; the result does not depend on the order of arrival.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.json_values import get_flag, get_text
from memory.rules.asks import Ask, read_ask
from memory.rules.automation import detect_headless
from memory.rules.background_tasks import list_running_tasks
from memory.rules.fold_state import BEFORE_ANY_EVENT, FoldState
from memory.rules.tool_catalog import get_tool
from memory.values import session_states
from memory.values.host_markup import is_by_person, without_host_text

MAX_LABEL_CHARS, MAX_PATH_CHARS, MAX_MESSAGE_CHARS = 120, 4_096, 300


@dataclass(slots=True)
class SessionFold:
    """A session after its applied events; the columns of `memory.models.Session` without its owner."""

    session_id: str
    started_us: int
    last_us: int
    state_us: int
    state: str = session_states.WORKING
    reason: str = ""
    message: str = ""
    ended_us: int | None = None
    # When the session was last resumed, and whether no person took part in it.
    resumed_us: int | None = None
    automated: bool = False
    project: str = ""
    repo: str = ""
    branch: str = ""
    machine: str = ""
    source: str = ""
    model: str = ""
    title: str = ""
    last_prompt: str = ""
    current_tool: str = ""
    current_target: str = ""
    ask_tool: str = ""
    ask: str = ""
    ask_choices: str = ""
    current_tool_since_us: int | None = None
    prompts: int = 0
    tools: int = 0
    failures: int = 0
    subagents: int = 0
    compactions: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    # The cost of the answers with a price, and the number of those without one.
    cost_microdollars: int = 0
    unpriced_answers: int = 0
    fold_state: FoldState = field(default_factory=FoldState)

    @classmethod
    def start(cls, first: HookEvent) -> Self:
        return cls(first.session_id, started_us=first.at_us, last_us=first.at_us, state_us=first.at_us)

    def record_activity(self, hook_event: HookEvent) -> None:
        """Records the time of an event; events may come in any order."""
        self.started_us = min(self.started_us, hook_event.at_us)
        self.last_us = max(self.last_us, hook_event.at_us)
        if self.fold_state.last_applied == BEFORE_ANY_EVENT:
            self.state_us = self.started_us

    def apply(self, hook_event: HookEvent) -> None:
        """Applies the next event. It must not be earlier than `fold_state.last_applied`; `is_late` checks that."""
        if self.fold_state.last_applied == BEFORE_ANY_EVENT:
            self.state_us = hook_event.at_us
        self.fold_state.last_applied = hook_event.sort_key
        self._update_location(hook_event)
        self.fold_state.note_run(detect_headless(hook_event))
        self.automated = self.fold_state.is_automated
        if handler := ON_HOOK.get(hook_event.hook):
            handler(self, hook_event)
        if hook_event.hook in USED_BY_HOOKS:
            self.fold_state.is_used, self.fold_state.worked_us = True, hook_event.at_us
        self.title = self.fold_state.title
        calls = self.fold_state.tool_calls
        self.tools, self.failures, self.subagents = calls.counts()
        self.current_tool, self.current_target, self.current_tool_since_us = calls.current_tool()
        reason = self.reason if self.state == session_states.WAITING else ""
        ask = Ask(self.ask_tool, self.ask, self.ask_choices)
        self.ask_tool, self.ask, self.ask_choices = read_ask(hook_event, reason, calls, ask)

    def is_late(self, hook_event: HookEvent) -> bool:
        return hook_event.sort_key < self.fold_state.last_applied

    def set_model(self, model: str, at_us: int) -> None:
        if model and (at_us, model) > (self.fold_state.model_us, self.model):
            self.model, self.fold_state.model_us = summary_line(model, MAX_LABEL_CHARS), at_us

    def _update_location(self, hook_event: HookEvent) -> None:
        header = hook_event.header
        # Keep the folder where the session was started: the current folder changes with `cd`.
        self.project = self.project or storable_text(header.root or header.project, MAX_PATH_CHARS)
        self.repo = storable_text(header.repo, MAX_PATH_CHARS) or self.repo
        self.branch = summary_line(header.client.branch, MAX_LABEL_CHARS) or self.branch
        self.machine = summary_line(header.client.machine, MAX_LABEL_CHARS) or self.machine
        self.fold_state.note_name(hook_event)

    def _enter_state(self, hook_event: HookEvent, state: str, reason: str = "", message: str = "") -> None:
        if (state, reason) != (self.state, self.reason):
            self.state_us = hook_event.at_us
        self.state, self.reason, self.message = state, reason, message
        self.ended_us = hook_event.at_us if state == session_states.ENDED else None


def _on_session_start(fold: SessionFold, hook_event: HookEvent) -> None:
    source = summary_line(get_text(hook_event.data, "source"), MAX_LABEL_CHARS)
    fold.set_model(get_text(hook_event.data, "model"), hook_event.at_us)
    if source == "compact":
        is_manual, fold.fold_state.compaction_trigger = fold.fold_state.compaction_trigger == "manual", ""
        _wait_for_input(fold, hook_event) if is_manual else _resume_work(fold, hook_event)
        return
    fold.source = fold.source or source
    fold.fold_state.tool_calls.end_all()
    if source == "resume":
        fold.resumed_us = hook_event.at_us
    _wait_for_input(fold, hook_event)


def _on_prompt(fold: SessionFold, hook_event: HookEvent) -> None:
    prompt = get_text(hook_event.data, "prompt") or get_text(hook_event.data, "text")
    prompt_id = summary_line(get_text(hook_event.data, "prompt_id"), MAX_LABEL_CHARS)
    # A prompt submitted while a tool runs belongs to the running turn.
    if not prompt_id or prompt_id != fold.fold_state.prompt_id:
        fold.fold_state.tool_calls.end_all()
    fold.fold_state.prompt_id = prompt_id
    fold._enter_state(hook_event, session_states.WORKING)
    if is_by_person(prompt):
        fold.fold_state.cause.start_turn(hook_event.seq)
        # The prompt of a program also names its session, but no person asked for anything.
        fold.prompts += not fold.fold_state.is_headless
        fold.last_prompt = summary_line(words := without_host_text(prompt), MAX_MESSAGE_CHARS)
        fold.fold_state.prompt_title = fold.fold_state.prompt_title or summary_line(words, MAX_LABEL_CHARS)


def _wait_for_input(fold: SessionFold, hook_event: HookEvent) -> None:
    """Waits for a prompt; an unused session, or one that a program runs, does not wait."""
    if fold.fold_state.is_used and not fold.fold_state.is_headless:
        fold._enter_state(hook_event, session_states.WAITING, session_states.NEEDS_INPUT)
    else:
        fold._enter_state(hook_event, session_states.IDLE)


def _resume_work(fold: SessionFold, hook_event: HookEvent) -> None:
    """Enters the state `working`, with three exceptions.

    A late event does not reopen an ended session, a subagent may work on after the end of the turn, and what a subagent
    does in the background is not the work of a new turn.
    """
    if fold.state == session_states.ENDED and hook_event.hook != "pre_tool_use":
        return
    if hook_event.agent_id and fold.reason == session_states.BACKGROUND:
        return
    if hook_event.agent_id and fold.state != session_states.WORKING and fold.reason != session_states.NEEDS_PERMISSION:
        return
    fold._enter_state(hook_event, session_states.WORKING)


def _on_tool_start(fold: SessionFold, hook_event: HookEvent) -> None:
    fold.fold_state.tool_calls.start(hook_event)
    waiting_reason = get_tool(hook_event.tool_name).waits_for
    if waiting_reason and not hook_event.agent_id:
        fold._enter_state(hook_event, session_states.WAITING, waiting_reason)
    else:
        _resume_work(fold, hook_event)


def _on_tool_end(fold: SessionFold, hook_event: HookEvent) -> None:
    failed = hook_event.hook == "post_tool_failure"
    fold.fold_state.tool_calls.end(hook_event, failed=failed)
    if failed and get_flag(hook_event.data, "is_interrupt") and not hook_event.agent_id:
        fold._enter_state(hook_event, session_states.WAITING, session_states.INTERRUPTED)
    elif fold.reason != session_states.NEEDS_PERMISSION or not fold.fold_state.tool_calls.open_calls:
        # With several open calls, another one may wait for the permission. An unnecessary notice is the smaller harm.
        _resume_work(fold, hook_event)


def _on_permission_denied(fold: SessionFold, hook_event: HookEvent) -> None:
    fold.fold_state.tool_calls.end(hook_event, failed=False)
    _resume_work(fold, hook_event)


def _on_subagent_start(fold: SessionFold, hook_event: HookEvent) -> None:
    fold.fold_state.tool_calls.start_subagent(hook_event.agent_id)
    _resume_work(fold, hook_event)


def _on_subagent_stop(fold: SessionFold, hook_event: HookEvent) -> None:
    # Compaction runs as a subagent without a type, and only its end is reported.
    if get_text(hook_event.data, "agent_type"):
        fold.fold_state.tool_calls.end_subagent(hook_event.agent_id)
    if fold.reason == session_states.BACKGROUND and list_running_tasks(hook_event) == []:
        _end_turn(fold, hook_event, session_states.TURN_DONE, fold.message)
    else:
        _resume_work(fold, hook_event)


def _on_compaction_start(fold: SessionFold, hook_event: HookEvent) -> None:
    fold.compactions += 1
    fold.fold_state.compaction_trigger = summary_line(get_text(hook_event.data, "trigger"), MAX_LABEL_CHARS)
    _resume_work(fold, hook_event)


def _on_notification(fold: SessionFold, hook_event: HookEvent) -> None:
    type_ = get_text(hook_event.data, "notification_type")
    reason = session_states.NOTIFICATION_REASONS.get(type_)
    if reason is None or fold.state == session_states.ENDED:
        return
    if reason == "":
        _resume_work(fold, hook_event)
    elif type_ == "idle_prompt" and (fold.state == session_states.IDLE or fold.reason == session_states.BACKGROUND):
        return  # the session is unused, or continues by itself
    elif not (fold.state == session_states.WAITING and reason == session_states.NEEDS_INPUT):
        # "Is waiting for your input" after a turn adds no information.
        message = summary_line(get_text(hook_event.data, "message"), MAX_MESSAGE_CHARS)
        fold._enter_state(hook_event, session_states.WAITING, reason, message)


def _on_permission_request(fold: SessionFold, hook_event: HookEvent) -> None:
    tool_name = summary_line(hook_event.tool_name, MAX_MESSAGE_CHARS)
    fold._enter_state(hook_event, session_states.WAITING, session_states.NEEDS_PERMISSION, tool_name)


def _on_turn_end(fold: SessionFold, hook_event: HookEvent) -> None:
    if fold.state == session_states.ENDED:
        return
    message = summary_line(get_text(hook_event.data, "last_assistant_message"), MAX_MESSAGE_CHARS)
    running_tasks = list_running_tasks(hook_event)
    if running_tasks == []:
        fold.fold_state.tool_calls.end_all()
    fold.fold_state.tool_calls.end_turn()
    if running_tasks:
        fold._enter_state(hook_event, session_states.WORKING, session_states.BACKGROUND, message)
    elif hook_event.hook == "stop":
        _end_turn(fold, hook_event, session_states.TURN_DONE, message)
    else:
        fold._enter_state(
            hook_event, session_states.ERROR, summary_line(get_text(hook_event.data, "error"), MAX_LABEL_CHARS), message
        )


def _on_interrupt(fold: SessionFold, hook_event: HookEvent) -> None:
    is_asked = fold.reason in (session_states.NEEDS_PERMISSION, session_states.NEEDS_INPUT)
    if fold.state == session_states.WORKING or (fold.state == session_states.WAITING and is_asked):
        fold.fold_state.tool_calls.end_turn()
        _end_turn(fold, hook_event, session_states.INTERRUPTED)


def _end_turn(fold: SessionFold, hook_event: HookEvent, reason: str, message: str = "") -> None:
    """Waits for the next prompt; a headless run ends, because no person will send one."""
    state = session_states.ENDED if fold.fold_state.is_headless else session_states.WAITING
    fold._enter_state(hook_event, state, reason, message)


def _on_session_end(fold: SessionFold, hook_event: HookEvent) -> None:
    fold.fold_state.tool_calls.end_all()
    reason = summary_line(get_text(hook_event.data, "reason"), MAX_LABEL_CHARS)
    if fold.state != session_states.ENDED or reason != session_states.PROCESS_GONE:
        fold._enter_state(hook_event, session_states.ENDED, reason)


ON_HOOK: dict[str, Callable[[SessionFold, HookEvent], None]] = {
    "session_start": _on_session_start,
    "session_end": _on_session_end,
    "prompt_submit": _on_prompt,
    "pre_tool_use": _on_tool_start,
    "post_tool_use": _on_tool_end,
    "post_tool_failure": _on_tool_end,
    "pre_compact": _on_compaction_start,
    "subagent_start": _on_subagent_start,
    "subagent_stop": _on_subagent_stop,
    "notification": _on_notification,
    "stop": _on_turn_end,
    "stop_failure": _on_turn_end,
    "interrupt": _on_interrupt,
    "permission_request": _on_permission_request,
    "permission_denied": _on_permission_denied,
    "elicitation": lambda fold, hook_event: fold._enter_state(
        hook_event, session_states.WAITING, session_states.NEEDS_INPUT
    ),
    "elicitation_result": _resume_work,
    "post_model_switch": lambda fold, event: fold.set_model(get_text(event.data, "to_model"), event.at_us),
    "session_title": lambda fold, hook_event: fold.fold_state.note_title(hook_event),
}
# Hooks that show that a session is used: all but those of its start, its end, its title and of notices.
USED_BY_HOOKS = ON_HOOK.keys() - {"session_start", "session_end", "session_title", "notification", "post_model_switch"}
