"""What a new user has done of the first steps: connect a machine, then send Claude Code a prompt."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Token, User
from dashboard.base.connect_command import build_device_command
from dashboard.demo import demo_data
from dashboard.machines_page.token_rows import TokenRow, build_token_rows
from dashboard.render.safe_text import one_line
from dashboard.render.shown_names import machine_label
from memory.sessions import machine_queries
from memory.sessions.machine_queries import FirstSession
from memory.sessions.session_queries import now_us

FIRST_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The first steps of a user, and which of them are done. `session` is the first session, which just began."""

    is_token_used: bool
    session: FirstSession | None = None
    token: TokenRow | None = None
    has_demo: bool = False
    can_get_mail: bool = False
    device_command: str = ""

    @property
    def machine(self) -> str:
        return one_line(machine_label(self.session.machine), 100) if self.session else ""

    @property
    def ticks(self) -> list[tuple[str, bool]]:
        """Each step, and whether it is done."""
        return [
            ("Machine connected", self.is_token_used),
            ("First event", self.session is not None),
            ("First prompt", self.session is not None and self.session.has_prompt),
        ]

    @property
    def stage(self) -> str:
        """A text that changes when the page has something new to say."""
        return "".join("x" if done else "-" for done in (*(done for _, done in self.ticks), self.has_demo))


def load_first_steps(user_id: UUID) -> FirstSteps | None:
    """Loads the first steps; None for a user who has taken them. A demo does not count. Project the log first."""
    sessions = machine_queries.list_first_sessions(user_id, limit=2)
    if len(sessions) > 1 or any(one.started_us < now_us() - FIRST_HOUR_US for one in sessions):
        return None
    if sessions:
        return FirstSteps(session=sessions[0], is_token_used=True)
    return _load_waiting_steps(user_id) if demo_data.has_only_demo(user_id) else None


def _load_waiting_steps(user_id: UUID) -> FirstSteps:
    tokens = list(Token.objects.for_user(user_id).order_by("created_at", "id"))
    return FirstSteps(
        token=next(iter(build_token_rows(tokens[:1])), None),
        is_token_used=any(token.last_used_at for token in tokens),
        has_demo=demo_data.is_loaded(user_id),
        can_get_mail=User.objects.get(id=user_id).has_mailbox,
        device_command=build_device_command(),
    )
