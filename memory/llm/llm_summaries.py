"""Requests one LLM summary for each ended session, with a prompt of bounded length (`memory.llm.llm_prompt`).

Each request is a row that a worker claims before it sends, so that several workers send it once. Every attempt that may
have been charged counts against the monthly cap.
"""

from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.crypto import encryption
from events.isolation.row_security import acting_for_user
from events.wire.hook_event import storable_text
from memory.llm import anthropic_client, llm_prompt, llm_settings
from memory.models import LlmConfig, LlmSummary, Observation, ProjectionState, Prompt, Session, Summary
from memory.preferences import preference_queries
from memory.projection import projector
from memory.rules.token_usage import MessageUsage
from memory.values import session_states
from memory.values.location import DEMO_MACHINE
from memory.values.price_table import NO_OWN_PRICES

MAX_SUMMARY_CHARS = 4_000
SESSION_BATCH_SIZE = 5  # sessions of one user in one run
MINUTE_US = 60_000_000
ENDED_AFTER_SILENCE_US = 30 * MINUTE_US  # a killed session fires no hook; silence counts as its end
MAX_SESSION_AGE_US = 7 * 24 * 60 * MINUTE_US  # older sessions are not summarized
# Pauses after the first attempt, the second, …; the fifth attempt is the last.
BACK_OFF_US = [minutes * MINUTE_US for minutes in (2, 10, 30, 120)]
WAITING, SUMMARIZED, REFUSED, GIVEN_UP, DELETED = "waiting", "summarized", "refused", "given up", "deleted"
KEY_REFUSED = "The API rejected the key. Nothing is sent until you enter another key."
KEY_LOST = "The stored key can no longer be decrypted. Enter it again."
FALLBACK_PRICE_MODEL = "claude-opus-4-1"


def find_due_sessions() -> list[tuple[UUID, str]]:
    """Lists (user id, session id) of the sessions to summarize now, for all users who enabled the model."""
    found: list[tuple[UUID, str]] = []
    if not settings.MODEL_URL:
        return found
    for user_id in ProjectionState.objects.filter(llm_enabled=True).values_list("user_id", flat=True):
        projector.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
        found += [(user_id, session_id) for session_id in _find_due_for_user(user_id)]
    return found


@acting_for_user
def _find_due_for_user(user_id: UUID) -> list[str]:
    config, now = LlmConfig.objects.for_user(user_id).first(), llm_settings.now_us()
    if config is None or not config.enabled:
        return []
    retries = LlmSummary.objects.for_user(user_id).filter(next_attempt_us__lte=now).values_list("session_id", flat=True)
    summarized = LlmSummary.objects.for_user(user_id).values("session_id")
    candidates = Session.objects.for_user(user_id).filter(
        last_us__gte=max(config.enabled_since_us, now - MAX_SESSION_AGE_US), prompts__gt=0
    )
    candidates = candidates.exclude(machine=DEMO_MACHINE)  # demo sessions are invented; a summary would only cost money
    ended = [
        row.session_id
        for row in candidates.exclude(session_id__in=summarized).order_by("last_us")[: SESSION_BATCH_SIZE * 4]
        if row.state == session_states.ENDED or row.last_us < now - ENDED_AFTER_SILENCE_US
    ]
    return [*retries[:SESSION_BATCH_SIZE], *ended[:SESSION_BATCH_SIZE]]


def summarize_with_llm(user_id: UUID, session_id: str) -> None:
    """Requests the summary of a session if an attempt is due, the cap allows it, and no other worker has claimed it."""
    config = llm_settings.load_llm_config(user_id)
    if (
        config is None
        or not config.enabled
        or llm_settings.load_month_cost(user_id) + _max_cost() > config.monthly_cap_microdollars
    ):
        return
    try:
        key = encryption.decrypt(user_id, bytes(config.encrypted_key))
    except encryption.DecryptionError:
        llm_settings.disable_with_error(user_id, KEY_LOST)
        return
    attempts = _claim_attempt(user_id, session_id)
    if attempts:
        _request_summary(user_id, session_id, key, attempts)


def _max_cost() -> int:
    """Computes the maximum cost of one request, in millionths of a dollar."""
    return _price_of(settings.MODEL, llm_prompt.MAX_PROMPT_TOKENS, llm_prompt.MAX_ANSWER_TOKENS)


def _price_of(model: str, input_: int, output: int) -> int:
    """Estimates a cost in millionths of a dollar.

    A model without a known price counts as the most expensive one: at a price of 0 the cap would have no effect.
    """
    now = llm_settings.now_us()
    usages = (MessageUsage("", "", now, name, input_, output) for name in (model, FALLBACK_PRICE_MODEL))
    return next((cost for usage in usages if (cost := NO_OWN_PRICES.compute_cost(usage)) is not None), 0)


@acting_for_user
def _claim_attempt(user_id: UUID, session_id: str) -> int:
    """Claims an attempt and returns its number; 0 if none is due.

    If a worker dies during an attempt, the next attempt follows after the pause.
    """
    now = llm_settings.now_us()
    rows = LlmSummary.objects.for_user(user_id).filter(session_id=session_id)
    initial_values = {"requested_us": now, "attempts": 1, "outcome": WAITING, "next_attempt_us": now + BACK_OFF_US[0]}
    summary, is_first = rows.get_or_create(user_id=user_id, session_id=session_id, defaults=initial_values)
    if is_first:
        return 1
    if summary.next_attempt_us is None or summary.next_attempt_us > now:
        return 0
    next_attempt_us = now + BACK_OFF_US[summary.attempts] if summary.attempts < len(BACK_OFF_US) else None
    # Optimistic lock on `attempts`: if two workers read the same row, only one update matches.
    claimed = rows.filter(attempts=summary.attempts, next_attempt_us=summary.next_attempt_us).update(
        attempts=summary.attempts + 1, next_attempt_us=next_attempt_us
    )
    return summary.attempts + 1 if claimed else 0


def _request_summary(user_id: UUID, session_id: str, key: str, attempts: int) -> None:
    is_last = attempts > len(BACK_OFF_US)
    prompt = _build_prompt(user_id, session_id)
    if prompt is None:
        _update_summary(user_id, session_id, next_attempt_us=None, outcome=DELETED)
        return
    try:
        reply = anthropic_client.ask_model(
            key, prompt, system=llm_prompt.SYSTEM_PROMPT, max_tokens=llm_prompt.MAX_ANSWER_TOKENS
        )
    except anthropic_client.LlmUnavailable as error:
        cost_values = {"cost_microdollars": _load_cost_so_far(user_id, session_id) + _max_cost()} if error.sent else {}
        _update_summary(
            user_id, session_id, failure_reason=str(error), outcome=GIVEN_UP if is_last else WAITING, **cost_values
        )
    except anthropic_client.LlmRefused as error:
        _update_summary(user_id, session_id, next_attempt_us=None, outcome=REFUSED, failure_reason=str(error))
        if error.status in (401, 403):
            llm_settings.disable_with_error(user_id, KEY_REFUSED)
    else:
        _save_reply(user_id, session_id, reply)


@acting_for_user
def _build_prompt(user_id: UUID, session_id: str) -> str | None:
    session = Session.objects.for_user(user_id).filter(session_id=session_id).first()
    if session is None:
        return None
    forgotten_seqs = preference_queries.load_forgotten_seqs(user_id)
    prompts, observations, summaries = (
        list(rows.filter(session_id=session_id).exclude(seq__in=forgotten_seqs).order_by("at_us", "seq")[:2_000])
        for rows in (
            Prompt.objects.for_user(user_id),
            Observation.objects.for_user(user_id).defer("stored_text"),
            Summary.objects.for_user(user_id),
        )
    )
    return llm_prompt.build_prompt(session, prompts, observations, summaries)  # type: ignore[arg-type]  # three models in one expression


def _save_reply(user_id: UUID, session_id: str, reply: anthropic_client.LlmReply) -> None:
    cost = _load_cost_so_far(user_id, session_id) + _price_of(reply.model, reply.input_tokens, reply.output_tokens)
    text_values = {"text": storable_text(reply.text, MAX_SUMMARY_CHARS), "model": storable_text(reply.model, 120)}
    usage_values = {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens, "cost_microdollars": cost}
    _update_summary(
        user_id, session_id, next_attempt_us=None, outcome=SUMMARIZED, failure_reason="", **text_values, **usage_values
    )


@acting_for_user
def _load_cost_so_far(user_id: UUID, session_id: str) -> int:
    """Loads the cost of earlier attempts that may have been charged."""
    rows = LlmSummary.objects.for_user(user_id).filter(session_id=session_id)
    return rows.values_list("cost_microdollars", flat=True).first() or 0


@acting_for_user
def _update_summary(user_id: UUID, session_id: str, /, **values: Any) -> None:
    LlmSummary.objects.for_user(user_id).filter(session_id=session_id).update(**values)
