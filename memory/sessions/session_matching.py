"""By what lists of sessions are searched and sorted: titles, prompts, and columns."""

from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Lower

from memory.models import SessionPreference
from memory.models.derived import SessionQuerySet
from memory.sessions.forgotten_prompts import ForgottenTexts

NAMED_SESSIONS_LIMIT = 300  # sessions with a title by their user that a search for words looks at

SESSION_ORDERS: dict[str, F | Lower | CombinedExpression] = {
    "session": Lower("title"),
    "state": F("state"),
    "project": Lower("project"),
    "started": F("started_us"),
    "last": F("last_us"),
    "duration": F("last_us") - F("started_us"),
    "prompts": F("prompts"),
    "tools": F("tools"),
    "failed": F("failures"),
    "model": Lower("model"),
    "cost": F("cost_microdollars"),
}


def order_rows(rows: SessionQuerySet, order: str, forgotten: ForgottenTexts) -> SessionQuerySet:
    """Orders sessions by a key of `SESSION_ORDERS`, with a minus for the highest first; else the newest first."""
    key = order.removeprefix("-")
    if key not in SESSION_ORDERS:
        return rows.newest_first()
    by: Lower | F | CombinedExpression | Case = SESSION_ORDERS[key]
    if key == "session" and forgotten.titles:
        by = Case(When(session_id__in=forgotten.titles, then=Value("")), default=by)
    return rows.order_by(by.desc() if order.startswith("-") else by.asc(), "-last_us", "-session_id")


def contains_word(user_id: UUID, word: str, forgotten: ForgottenTexts) -> Q:
    """Selects the sessions whose title, also one that the user chose, last prompt or model contains a word."""
    named = SessionPreference.objects.for_user(user_id).filter(title__icontains=word).values("session_id")
    in_prompt = Q(last_prompt__icontains=word) & ~Q(session_id__in=forgotten.last_prompts)
    return _is_titled(word, forgotten) | in_prompt | Q(model__icontains=word) | Q(session_id__in=named)


def match_words(user_id: UUID, words: tuple[str, ...], forgotten: ForgottenTexts) -> Q:
    """Selects the sessions with all words in their title and project, or in the title that their user chose."""
    named, found = SessionPreference.objects.for_user(user_id).exclude(title=""), Q()
    for word in words:
        named = named.filter(title__icontains=word)
        found &= _is_titled(word, forgotten) | Q(project__icontains=word) | Q(repo__icontains=word)
    return found | Q(session_id__in=list(named.values_list("session_id", flat=True)[:NAMED_SESSIONS_LIMIT]))


def _is_titled(word: str, forgotten: ForgottenTexts) -> Q:
    return Q(title__icontains=word) & ~Q(session_id__in=forgotten.titles)
