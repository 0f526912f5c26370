"""Lists what a session's own tools wrote into files, in order. Call `find_session` first."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from events.isolation.row_security import acting_for_user
from memory.file_history import change_history
from memory.models import FileChange
from memory.rules.changes.path_changes import CREATE, EDIT


class SessionEdit(NamedTuple):
    """A change of a file; the fields are columns of `memory.models.FileChange`."""

    seq: int
    path: str
    added: int
    removed: int
    prompt_seq: int | None
    whole_path: str = ""

    @property
    def file_path(self) -> str:
        """The path by which a session distinguishes its files."""
        return self.whole_path or self.path


@acting_for_user
def list_edits(user_id: UUID, session_id: str, *, limit: int) -> list[SessionEdit]:
    """Lists the first `limit` changes."""
    rows = FileChange.objects.for_user(user_id).filter(session_id=session_id, kind__in=(CREATE, EDIT))
    ordered = rows.order_by("at_us", "seq", "ordinal")
    return [SessionEdit._make(values) for values in ordered.values_list(*SessionEdit._fields)[:limit]]


@acting_for_user
def load_starts(user_id: UUID, seqs: Collection[int]) -> dict[int, int]:
    """Loads the events that started these changes, by the events that ended them, as far as they are known."""
    found = change_history.load_start_seqs(user_id, seqs)
    return {seq: start_seq for seq, start_seq in found.items() if start_seq is not None}
