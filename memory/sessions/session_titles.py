"""Sessions by their ids, for rows that name them. Needs `acting_for` the user."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from events.wire.hook_event import summary_line
from memory.models import Prompt
from memory.preferences import preference_queries
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionInfo
from memory.values.host_markup import without_host_text


def load_named_sessions(user_id: UUID, session_ids: Collection[str]) -> dict[str, SessionInfo]:
    """Loads sessions; the title of one is empty if it is the first line of a prompt that the user had forgotten."""
    sessions = session_queries.load_sessions(user_id, session_ids)
    forgotten = preference_queries.load_forgotten_seqs(user_id) if sessions else set()
    rows = Prompt.objects.for_user(user_id).filter(seq__in=forgotten, session_id__in=session_ids) if forgotten else ()
    for prompt in rows:
        info = sessions.get(prompt.session_id)
        start = info.title.rstrip("…") if info else ""
        if info and start and summary_line(without_host_text(prompt.text), len(start) + 1).startswith(start):
            sessions[prompt.session_id] = replace(info, title="")
    return sessions
