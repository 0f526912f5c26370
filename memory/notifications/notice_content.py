"""Builds the message about a notice: the kind, the project and the title; texts of the session only if its user wants
them on that channel. Everything captured is one line, bounded, and without hidden characters.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

from django.conf import settings

from accounts.machines import machine_names
from events.isolation.row_security import acting_for_user
from events.wire.hook_event import summary_line
from events.wire.visibility import strip_hidden
from memory.models import Notice, Session
from memory.notifications.notice_kinds import KIND_LABELS, MACHINE_SILENT, TEST
from memory.notifications.notice_rules import name_project
from memory.sessions import session_queries

MAX_TITLE_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS = 120, 80, 300
TEST_LABEL, TEST_TITLE = "Test", "Notifications of Memfog arrive here"


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """A message. `text` is empty unless its user wants texts on this channel; `path` is a page of this server."""

    notice_id: UUID
    kind: str
    label: str
    project: str
    machine: str
    session_id: str
    title: str
    text: str
    path: str
    since_us: int
    is_withdrawal: bool = False

    @property
    def headline(self) -> str:
        """The kind and the project, as in `Needs permission: infra`."""
        label = f"Answered: {self.label}" if self.is_withdrawal else self.label
        return f"{label}: {self.project or self.machine}" if self.project or self.machine else label

    @property
    def detail(self) -> str:
        """The machine and the time, as in `On laptop, since 30 November, 19:40 UTC`."""
        since = f"since {datetime.fromtimestamp(self.since_us / 1_000_000, UTC):%-d %B, %H:%M} UTC"
        return f"On {self.machine}, {since}" if self.machine and self.project else f"S{since[1:]}"

    @property
    def url(self) -> str:
        return f"{settings.PUBLIC_URL}{self.path}"

    @property
    def since(self) -> str:
        """RFC 3339, UTC."""
        return datetime.fromtimestamp(self.since_us / 1_000_000, UTC).isoformat(timespec="milliseconds")


@acting_for_user
def build_content(user_id: UUID, notice: Notice, *, with_text: bool, is_withdrawal: bool = False) -> NoticeContent:
    """Builds the message of a notice from its session as it is now."""
    info = session_queries.load_sessions(user_id, [notice.session_id]).get(notice.session_id)
    session = info.row if info else None
    is_known = session is not None and not is_withdrawal
    machine = notice.machine or (session.machine if session else "")
    return NoticeContent(
        notice_id=notice.id,
        kind=notice.kind,
        label=TEST_LABEL if notice.kind == TEST else KIND_LABELS.get(notice.kind, notice.kind),
        project=clean(name_project(session.repo, session.project), MAX_NAME_CHARS) if session else "",
        machine=clean(machine_names.load_names(user_id).get(machine, machine), MAX_NAME_CHARS),
        session_id=notice.session_id,
        title=TEST_TITLE if notice.kind == TEST else clean(info.title if info else "", MAX_TITLE_CHARS),
        text=describe_ask(session) if with_text and session and is_known else "",
        path=_path_of(notice),
        since_us=notice.since_us,
        is_withdrawal=is_withdrawal,
    )


def describe_ask(session: Session) -> str:
    """Returns what the session asks for, or its last message: captured text, on one line."""
    return clean(session.ask or session.message or session.current_tool or session.reason, MAX_TEXT_CHARS)


def _path_of(notice: Notice) -> str:
    if notice.kind == TEST:
        return "/settings/notifications"
    return "/machines" if notice.kind == MACHINE_SILENT else f"/sessions/{quote(notice.session_id, safe='')}"


def clean(text: str, limit: int) -> str:
    """Makes captured text one line without hidden and control characters, at most `limit` characters."""
    return summary_line(strip_hidden(" ".join(text[: limit * 4].split())), limit)
