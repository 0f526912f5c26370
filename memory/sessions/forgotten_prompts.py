"""What repeats prompts that their user had forgotten: titles, last prompts, and requests of summaries.

Needs `acting_for` the user.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from memory.models import Prompt, Session
from memory.preferences import preference_queries
from memory.values.host_markup import without_host_text


@dataclass(frozen=True, slots=True)
class ForgottenTexts:
    """The ids of the sessions whose title, and of those whose last prompt, is the first line of a forgotten prompt."""

    titles: frozenset[str] = frozenset()
    last_prompts: frozenset[str] = frozenset()


NOTHING_FORGOTTEN = ForgottenTexts()


def find_in_sessions(user_id: UUID, sessions: Iterable[Session]) -> ForgottenTexts:
    """Finds the forgotten texts of these sessions."""
    by_id = {session.session_id: session for session in sessions}
    return _compare([(prompt, by_id[prompt.session_id]) for prompt in list_prompts(user_id, by_id)])


def find_all(user_id: UUID) -> ForgottenTexts:
    """Finds the forgotten texts of all sessions."""
    seqs = preference_queries.load_forgotten_seqs(user_id)
    if not seqs:
        return NOTHING_FORGOTTEN
    prompts = list(Prompt.objects.for_user(user_id).filter(seq__in=seqs))
    sessions = Session.objects.for_user(user_id).filter(session_id__in={prompt.session_id for prompt in prompts})
    by_id = {session.session_id: session for session in sessions.only("session_id", "title", "last_prompt")}
    return _compare([(prompt, by_id[prompt.session_id]) for prompt in prompts if prompt.session_id in by_id])


def list_prompts(user_id: UUID, session_ids: Collection[str]) -> list[Prompt]:
    """Lists the forgotten prompts of these sessions."""
    seqs = preference_queries.load_forgotten_seqs(user_id)
    return list(Prompt.objects.for_user(user_id).filter(seq__in=seqs, session_id__in=session_ids)) if seqs else []


def is_repeated(prompt: Prompt, text: str) -> bool:
    """Whether a text, which may end with an ellipsis, is the beginning of a prompt."""
    start = " ".join(text.split()).rstrip("…")
    return bool(start) and " ".join(without_host_text(prompt.text).split()).startswith(start)


def _compare(pairs: Iterable[tuple[Prompt, Session]]) -> ForgottenTexts:
    titles, last_prompts = set(), set()
    for prompt, session in pairs:
        if is_repeated(prompt, session.title):
            titles.add(session.session_id)
        if is_repeated(prompt, session.last_prompt):
            last_prompts.add(session.session_id)
    return ForgottenTexts(frozenset(titles), frozenset(last_prompts))
