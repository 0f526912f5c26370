"""The view of a session in a header, a card or a row.

Each captured text is one line of bounded length without hidden characters.
"""

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.render.model_labels import format_model_name
from dashboard.render.safe_text import one_line, strip_marks
from dashboard.render.short_labels import format_count, format_dollars
from dashboard.render.shown_names import machine_label, project_hue, project_label
from dashboard.render.tool_labels import relative_path
from dashboard.session.step_views import format_timedelta
from events.wire import patterns
from events.wire.folder_names import display_folder
from events.wire.timestamps import to_datetime
from memory.rules.tool_catalog import get_tool
from memory.sessions.session_queries import SessionInfo
from memory.values import session_states

_MIN_TIME, _MAX_TIME = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
STATE_LABELS = {
    session_states.WORKING: "Working",
    session_states.WAITING: "Waiting",
    session_states.ERROR: "Error",
    session_states.ENDED: "Ended",
    session_states.STALE: "Inactive",
    session_states.IDLE: "Unused",
}
URGENCY_LABELS = {
    session_states.PERMISSION: "Needs permission",
    session_states.QUESTION: "Asks a question",
    session_states.FAILURE: "Error",
    session_states.TURN: "Your turn",
}
NO_PRICE = "no price"
REASON_LABELS = {
    session_states.TURN_DONE: "your turn",
    session_states.NEEDS_INPUT: "needs input",
    session_states.NEEDS_PERMISSION: "needs permission",
    session_states.INTERRUPTED: "interrupted",
    session_states.BACKGROUND: "in the background",
    session_states.PROCESS_GONE: "its process is gone",
}


@dataclass(frozen=True, slots=True)
class SessionView:
    source: SessionInfo

    @property
    def id(self) -> str:
        return str(self.source.row.session_id)

    @property
    def title(self) -> str:
        return one_line(self.source.title, 120) or f"{self.project or 'Session'} · {self._contents}"

    @property
    def _contents(self) -> str:
        """What a session without a prompt consists of, and its day."""
        row = self.source.row
        counts = ((row.subagents, "subagent"), (row.tools, "tool call"))
        found = [f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
        contents = ", ".join(found) or ("answers of the model" if row.output_tokens else "it only began")
        return f"{contents} · {self.started_at:%-d %b}"

    @property
    def project(self) -> str:
        return one_line(project_label(self.source.row.repo, self.source.row.project), 60)

    @property
    def hue(self) -> int:
        return project_hue(self.source.row.repo, self.source.row.project)

    @property
    def folder(self) -> str:
        return one_line(self.source.row.project, 200)

    @property
    def branch(self) -> str:
        return one_line(self.source.row.branch, 60)

    @property
    def machine(self) -> str:
        return one_line(machine_label(self.source.row.machine), 60)

    @property
    def model(self) -> str:
        return format_model_name(self.source.row.model)

    @property
    def model_id(self) -> str:
        return one_line(self.source.row.model, 120)

    @property
    def state(self) -> str:
        return self.source.state

    @property
    def is_over(self) -> bool:
        """Whether nothing runs in the session, as far as is known."""
        return self.source.state in (session_states.ENDED, session_states.STALE, session_states.IDLE)

    @property
    def state_label(self) -> str:
        # Subagents of an import may have worked where no prompt is known.
        has_worked = self.source.state == session_states.IDLE and self.source.row.tools > 0
        return STATE_LABELS.get(session_states.STALE if has_worked else self.source.state, self.source.state)

    @property
    def reason(self) -> str:
        """Why the session is in its state, in a few words; empty if it is stale."""
        reason = "" if self.source.state == session_states.STALE else self.source.row.reason
        if self.automated and reason == session_states.TURN_DONE:
            return ""
        return REASON_LABELS.get(reason) or one_line(reason.replace("_", " "), 60)

    @property
    def state_text(self) -> str:
        """The state as pages show it: what the session needs of its user, or the state with its reason."""
        is_named = self.need != self.state_label  # the need says what the reason says
        reasons = (session_states.TURN_DONE, session_states.NEEDS_INPUT, session_states.NEEDS_PERMISSION)
        reason = "" if is_named and self.source.row.reason in reasons else self.reason
        return " · ".join(part for part in (self.need, reason) if part)

    @property
    def message(self) -> str:
        return one_line(strip_marks(self.source.row.message), 200)

    @property
    def last_prompt(self) -> str:
        return one_line(self.source.last_prompt, 300)

    @property
    def automated(self) -> bool:
        return bool(self.source.row.automated)

    @property
    def current_tool(self) -> str:
        return one_line(self.source.row.current_tool, 60)

    @property
    def current_target(self) -> str:
        """What the current tool is about: a command, a file within the project."""
        return self._format_target(self.source.row.current_target)

    @property
    def runs_command(self) -> bool:
        return get_tool(self.source.row.current_tool).is_shell

    @property
    def urgency(self) -> str:
        """What the session needs of its user: one of `session_states.URGENCIES`."""
        return self.source.urgency

    @property
    def need(self) -> str:
        """What the session needs of its user, in a few words."""
        return URGENCY_LABELS.get(self.urgency) or self.state_label

    @property
    def ask(self) -> str:
        """What the session asks: a command, a file, a question; empty if it asks nothing, or is not known to."""
        return self._format_target(self.source.row.ask)

    @property
    def asks_for_command(self) -> bool:
        return get_tool(self.source.row.ask_tool).is_shell

    @property
    def ask_tool(self) -> str:
        """The tool that needs permission; empty for a command or a question, which need no name."""
        is_named = self.urgency == session_states.PERMISSION and not self.asks_for_command
        return one_line(self.source.row.ask_tool, 60) if is_named else ""

    @property
    def ask_choices(self) -> list[str]:
        return [one_line(choice, 60) for choice in self.source.row.ask_choices.splitlines()]

    def _format_target(self, text: str) -> str:
        return one_line(relative_path(text, (self.source.row.project,)), 240)

    @property
    def started_at(self) -> datetime:
        return to_display_time(self.source.row.started_us)

    @property
    def last_event_at(self) -> datetime:
        return to_display_time(self.source.row.last_us)

    @property
    def state_since(self) -> datetime:
        return to_display_time(self.source.row.state_us)

    @property
    def current_tool_since(self) -> datetime | None:
        return (
            None
            if self.source.row.current_tool_since_us is None
            else to_display_time(self.source.row.current_tool_since_us)
        )

    @property
    def duration(self) -> str:
        return format_timedelta(timedelta(microseconds=max(0, self.source.row.last_us - self.source.row.started_us)))

    @property
    def token_count(self) -> int:
        row = self.source.row
        cache_tokens = row.cache_creation_input_tokens + row.cache_read_input_tokens
        return row.input_tokens + row.output_tokens + cache_tokens

    @property
    def short_token_count(self) -> str:
        return format_count(self.token_count) if self.token_count else ""

    @property
    def project_filter(self) -> str:
        """The value of the page filter's parameter `project` for the session's project."""
        return self.source.row.repo or display_folder(self.source.row.project)

    @property
    def cost(self) -> str:
        """The estimated cost in US dollars, without answers that have no price; empty without token usage."""
        row = self.source.row
        return format_dollars(row.cost_microdollars) or (NO_PRICE if row.unpriced_answers else "")

    @property
    def approximate_cost(self) -> str:
        return f"≈ {self.cost}" if self.cost and self.cost != NO_PRICE else self.cost

    @property
    def cost_notice(self) -> str:
        """Says how many answers are not part of the cost."""
        count = self.source.row.unpriced_answers
        return f"{count:,} answer{'' if count == 1 else 's'} without a price" if count else ""

    @property
    def resume_command(self) -> str:
        """The shell command that resumes the session; empty if it could run anything else."""
        folder = self.source.row.project
        if not patterns.UUID.fullmatch(self.id) or not folder.isprintable():
            return ""
        return f"cd {shlex.quote(folder)} && claude --resume {self.id}"


def build_session_view(session: SessionInfo) -> SessionView:
    return SessionView(session)


def to_display_time(at_us: int) -> datetime:
    """Converts microseconds to a UTC time, clamped to the range that a page can show."""
    return max(_MIN_TIME, min(to_datetime(max(0, min(at_us, 10**17))).astimezone(UTC), _MAX_TIME))
