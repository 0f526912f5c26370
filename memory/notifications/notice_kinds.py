"""The subjects of notices, and the states of a session that cause one. Pure."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

from memory.values import session_states

PERMISSION, QUESTION, TURN_DONE, ERROR = "permission", "question", "turn_done", "error"
MACHINE_SILENT, TEST = "machine_silent", "test"
# The kinds that the user can choose, with their names.
KIND_LABELS = {
    PERMISSION: "Needs permission",
    QUESTION: "Question",
    TURN_DONE: "Your turn",
    ERROR: "Error",
    MACHINE_SILENT: "Machine silent",
}
_NAMESPACE = UUID("0d3c2f0e-52e9-4f39-9a4e-6e2c5a6f7b11")


class WaitingSession(Protocol):
    """The columns of `memory.models.Session` that decide."""

    state: str
    reason: str
    message: str
    current_tool: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One wait of a session, or one silence of a machine, since a time in microseconds."""

    kind: str
    session_id: str
    machine: str
    since_us: int

    @property
    def notice_id(self) -> UUID:
        """The id of the notice: equal for the same wait, so that it gets one notice even if two processes find it."""
        return uuid5(_NAMESPACE, "\0".join((self.kind, self.session_id, self.machine, str(self.since_us))))


def find_kind(session: WaitingSession) -> str | None:
    """Returns why the session waits; None if it does not wait, or for no reason that is worth a notice."""
    if session.state == session_states.ERROR:
        return ERROR
    if session.state != session_states.WAITING:
        return None
    if session.reason == session_states.NEEDS_INPUT:
        # After a resume or a compaction a session also waits, but its user is present and was asked nothing.
        return QUESTION if session.current_tool or session.message else None
    return {session_states.NEEDS_PERMISSION: PERMISSION, session_states.TURN_DONE: TURN_DONE}.get(session.reason)


def make_delivery_id(notice_id: UUID, channel_id: UUID, *, is_withdrawal: bool = False) -> UUID:
    """Makes an id that is equal for the same notice and channel, so that a notice goes to a channel once."""
    return uuid5(notice_id, f"{channel_id}{' withdrawn' if is_withdrawal else ''}")
