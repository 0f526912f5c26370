"""Tells ended sessions to the optional model, each once, as a record of bounded length (`memory.llm.llm_prompt`).

Each question is a row, claimed before it is asked, so that it is asked once however many ask; what may have been paid
for counts against the month's cap.
"""

from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.crypto import encryption
from events.isolation.row_security import for_its_user
from events.wire.hook_event import whole
from memory.llm import anthropic_client, llm_prompt, llm_settings
from memory.models import Helper, Observation, Progress, Prompt, Retelling, Session, Summary
from memory.preferences import preference_queries
from memory.projection import projector
from memory.values import model_prices, session_states
from memory.values.location import DEMO

LONGEST_TEXT = 4_000  # characters
AT_ONCE = 5  # sessions of one user in one round
MINUTE_US = 60_000_000
OVER_US = 30 * MINUTE_US  # of silence: no hook tells of a session that was killed
OLDEST_US = 7 * 24 * 60 * MINUTE_US  # later nobody asks about it any more
# After the first try, the second, …; after the fifth nothing follows.
BACK_OFF_US = [minutes * MINUTE_US for minutes in (2, 10, 30, 120)]
WAITING, TOLD, REFUSED, GIVEN_UP, DELETED = "waiting", "told", "refused", "given up", "deleted"
KEY_REFUSED = "The key was refused. Nothing is sent until you give another one."
KEY_LOST = "The key can no longer be read on this server. Give it once more."
DEAREST = "opus-4-1"


def due() -> list[tuple[UUID, str]]:
    """Sessions that are to be told now, of everybody who switched it on."""
    found: list[tuple[UUID, str]] = []
    if not settings.MODEL_URL:
        return found
    for user_id in Progress.objects.filter(helped=True).values_list("user_id", flat=True):
        projector.catch_up(user_id, seconds=1.0)
        found += [(user_id, session_id) for session_id in _due(user_id)]
    return found


@for_its_user
def _due(user_id: UUID) -> list[str]:
    kept, now = Helper.objects.of(user_id).first(), llm_settings.now_us()
    if kept is None or not kept.on:
        return []
    again = Retelling.objects.of(user_id).filter(next_us__lte=now).values_list("session_id", flat=True)
    asked = Retelling.objects.of(user_id).values("session_id")
    fresh = Session.objects.of(user_id).filter(last_us__gte=max(kept.since_us, now - OLDEST_US), prompts__gt=0)
    fresh = fresh.exclude(machine=DEMO)  # nobody pays for what is made up
    ended = [
        row.session_id
        for row in fresh.exclude(session_id__in=asked).order_by("last_us")[: AT_ONCE * 4]
        if row.state == session_states.ENDED or row.last_us < now - OVER_US
    ]
    return [*again[:AT_ONCE], *ended[:AT_ONCE]]


def tell(user_id: UUID, session_id: str) -> None:
    """Asks about this session if that is due, within the cap, and nobody else is asking."""
    kept = llm_settings.helper(user_id)
    if kept is None or not kept.on or llm_settings.spent(user_id) + _most() > kept.cap_microdollars:
        return
    try:
        key = encryption.unseal(user_id, bytes(kept.key))
    except encryption.Unreadable:
        llm_settings.stop(user_id, KEY_LOST)
        return
    tries = _claim(user_id, session_id)
    if tries:
        _ask(user_id, session_id, key, tries)


def _most() -> int:
    """What a question costs at most, in millionths of a dollar."""
    return _cost(settings.MODEL, llm_prompt.MOST_TOKENS, llm_prompt.ANSWER)


def _cost(model: str, input_: int, output: int) -> int:
    """A model without a known price counts as the dearest, lest the cap mean nothing."""
    tokens = {"input_": input_, "output": output, "cache_creation": 0, "cache_read": 0}
    return model_prices.microdollars(model, **tokens) or model_prices.microdollars(DEAREST, **tokens)


@for_its_user
def _claim(user_id: UUID, session_id: str) -> int:
    """The number of this try; 0 where none is due. Whoever dies while asking is followed by the next."""
    now = llm_settings.now_us()
    rows = Retelling.objects.of(user_id).filter(session_id=session_id)
    fresh = {"asked_us": now, "tries": 1, "outcome": WAITING, "next_us": now + BACK_OFF_US[0]}
    known, is_first = rows.get_or_create(user_id=user_id, session_id=session_id, defaults=fresh)
    if is_first:
        return 1
    if known.next_us is None or known.next_us > now:
        return 0
    again = now + BACK_OFF_US[known.tries] if known.tries < len(BACK_OFF_US) else None
    # Of two that read the same row, one update meets the number of tries both have seen.
    claimed = rows.filter(tries=known.tries, next_us=known.next_us).update(tries=known.tries + 1, next_us=again)
    return known.tries + 1 if claimed else 0


def _ask(user_id: UUID, session_id: str, key: str, tries: int) -> None:
    last = tries > len(BACK_OFF_US)
    question = _question(user_id, session_id)
    if question is None:
        _note(user_id, session_id, next_us=None, outcome=DELETED)
        return
    try:
        said = anthropic_client.ask(key, question, system=llm_prompt.SYSTEM, most=llm_prompt.ANSWER)
    except anthropic_client.Unanswered as error:
        paid = {"cost_microdollars": _cost_so_far(user_id, session_id) + _most()} if error.sent else {}
        _note(user_id, session_id, why=str(error), outcome=GIVEN_UP if last else WAITING, **paid)
    except anthropic_client.Refused as error:
        _note(user_id, session_id, next_us=None, outcome=REFUSED, why=str(error))
        if error.status in (401, 403):
            llm_settings.stop(user_id, KEY_REFUSED)
    else:
        _keep(user_id, session_id, said)


@for_its_user
def _question(user_id: UUID, session_id: str) -> str | None:
    session = Session.objects.of(user_id).filter(session_id=session_id).first()
    if session is None:
        return None
    forgotten = preference_queries.forgotten(user_id)
    said, acts, turns = (
        list(rows.filter(session_id=session_id).exclude(seq__in=forgotten).order_by("at_us", "seq")[:2_000])
        for rows in (
            Prompt.objects.of(user_id),
            Observation.objects.of(user_id).defer("kept"),
            Summary.objects.of(user_id),
        )
    )
    return llm_prompt.question(session, said, acts, turns)  # type: ignore[arg-type]  # three models in one expression


def _keep(user_id: UUID, session_id: str, said: anthropic_client.Said) -> None:
    cost = _cost_so_far(user_id, session_id) + _cost(said.model, said.input_tokens, said.output_tokens)
    told = {"text": whole(said.text, LONGEST_TEXT), "model": whole(said.model, 120)}
    used = {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens, "cost_microdollars": cost}
    _note(user_id, session_id, next_us=None, outcome=TOLD, why="", **told, **used)


@for_its_user
def _cost_so_far(user_id: UUID, session_id: str) -> int:
    """Of earlier tries that may have been paid for."""
    rows = Retelling.objects.of(user_id).filter(session_id=session_id)
    return rows.values_list("cost_microdollars", flat=True).first() or 0


@for_its_user
def _note(user_id: UUID, session_id: str, /, **values: Any) -> None:
    Retelling.objects.of(user_id).filter(session_id=session_id).update(**values)
