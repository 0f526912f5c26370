"""A session as a header, a card or a row shows it. Everything captured is one line, bounded, nothing hidden in it."""

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.render.row_text import hue, place_name
from dashboard.render.safe_text import one_line
from dashboard.render.timeline_steps import Happened
from dashboard.session.step_views import spell
from events.wire import patterns
from events.wire.json_values import text
from events.wire.timestamps import moment
from memory.sessions.session_queries import Seen
from memory.values import session_states

_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
WORDS = {
    session_states.WORKING: "Working",
    session_states.WAITING: "Waiting",
    session_states.ERROR: "Error",
    session_states.ENDED: "Ended",
    session_states.STALE: "Silent",
}
REASONS = {
    session_states.TURN_DONE: "turn done",
    session_states.NEEDS_INPUT: "needs input",
    session_states.NEEDS_PERMISSION: "needs permission",
    session_states.INTERRUPTED: "interrupted?",
}


@dataclass(frozen=True, slots=True)
class Glance:
    seen: Seen

    @property
    def id(self) -> str:
        return str(self.seen.row.session_id)

    @property
    def title(self) -> str:
        return one_line(self.seen.title, 120) or "A session without a prompt"

    @property
    def project(self) -> str:
        return one_line(place_name(self.seen.row.repo, self.seen.row.project), 60)

    @property
    def hue(self) -> int:
        return hue(self.project)

    @property
    def where(self) -> str:
        return one_line(self.seen.row.project, 200)

    @property
    def branch(self) -> str:
        return one_line(self.seen.row.branch, 60)

    @property
    def machine(self) -> str:
        return one_line(self.seen.row.machine, 60)

    @property
    def model(self) -> str:
        return one_line(self.seen.row.model, 60)

    @property
    def state(self) -> str:
        return self.seen.state

    @property
    def state_word(self) -> str:
        return WORDS.get(self.seen.state, self.seen.state)

    @property
    def reason(self) -> str:
        """Why, in a few words; not for what is merely silent."""
        told = (
            self.seen.row.reason
            if self.seen.state in (session_states.WAITING, session_states.ERROR, session_states.ENDED)
            else ""
        )
        return REASONS.get(told) or one_line(told.replace("_", " "), 60)

    @property
    def message(self) -> str:
        return one_line(self.seen.row.message, 200)

    @property
    def last_prompt(self) -> str:
        return one_line(self.seen.row.last_prompt, 300)

    @property
    def doing(self) -> str:
        return one_line(self.seen.row.doing, 60)

    @property
    def started(self) -> datetime:
        return when(self.seen.row.started_us)

    @property
    def last(self) -> datetime:
        return when(self.seen.row.last_us)

    @property
    def since(self) -> datetime:
        return when(self.seen.row.state_us)

    @property
    def doing_since(self) -> datetime | None:
        return None if self.seen.row.doing_us is None else when(self.seen.row.doing_us)

    @property
    def lasted(self) -> str:
        return spell(timedelta(microseconds=max(0, self.seen.row.last_us - self.seen.row.started_us)))

    @property
    def tokens(self) -> int:
        row = self.seen.row
        read = row.cache_creation_input_tokens + row.cache_read_input_tokens
        return row.input_tokens + row.output_tokens + read

    @property
    def cost(self) -> str:
        """Estimated, in dollars; nothing where no usage was told."""
        dollars = self.seen.row.cost_microdollars / 1_000_000
        return f"${dollars:,.2f}" if dollars >= 0.005 else "< $0.01" if dollars > 0 else ""

    @property
    def resume(self) -> str:
        """What to paste to go on with it; nothing where pasting it might do something else."""
        place = self.seen.row.project
        if not patterns.UUID.fullmatch(self.id) or not place.isprintable():
            return ""
        return f"cd {shlex.quote(place)} && claude --resume {self.id}"


def session_of(event: Happened) -> str:
    """The session that an event belongs to, if it has a page."""
    session_id = text(event.data, "session_id")
    return session_id if patterns.SESSION_ID.fullmatch(session_id) else ""


def glance(seen: Seen) -> Glance:
    return Glance(seen)


def when(at_us: int) -> datetime:
    """A time that a page can show; at the edge, if a machine's clock told one outside."""
    return max(_FIRST, min(moment(max(0, min(at_us, 10**17))).astimezone(UTC), _LAST))
