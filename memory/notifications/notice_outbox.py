"""The outbox of notices: rows that are computed from the states of sessions. Each wait becomes one notice, which goes
to each channel once, and is withdrawn when the user has answered.

`update_notices` may run at any time, in several processes at once: ids are computed from the subject of a row, and a
notice is claimed before it goes to the channels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from events.isolation.row_security import acting_for, acting_for_user
from memory.models import Notice, NoticeDelivery, NotificationChannel, ProjectionState, Session
from memory.notifications import notice_settings
from memory.notifications.notice_kinds import (
    MACHINE_SILENT,
    TEST,
    TURN_DONE,
    Waiting,
    find_kind,
    make_delivery_id,
)
from memory.notifications.notice_rules import MINUTE_US, Rules, find_next_digest_us
from memory.notifications.notice_settings import DAILY, PUSH, WEBHOOK, now_us
from memory.values import session_states
from memory.values.location import DEMO_MACHINE

WAITING, DELIVERED, FAILED, WITHDRAWN, LIMITED = "waiting", "delivered", "failed", "withdrawn", "limited"
REPEATED = "repeated"  # a repeat that the user asked for, even if the session no longer waits
DAY_US = 24 * 60 * MINUTE_US
# Events that arrive later than this (of an import, or of a machine that was offline) cause no notice.
MAX_LATENESS_US = 60 * MINUTE_US
MAX_DELIVERIES_PER_HOUR = 120  # to one channel
SESSIONS_LIMIT = 500  # sessions that wait at once
IDLE_LOOK_US, SILENCE_LOOK_US = 60 * MINUTE_US, MINUTE_US  # until the next check of a user for whom nothing is due


def update_notices(user_id: UUID) -> list[UUID]:
    """Brings the outbox up to date with the sessions; returns the ids of the deliveries that are due now."""
    now, rules = now_us(), notice_settings.load_rules(user_id)
    channels = [channel for channel in notice_settings.list_channels(user_id) if channel.enabled]
    if not channels:
        return []
    waiting = {one.notice_id: one for one in list_waiting(user_id, rules, _wanted_kinds(channels), now)}
    open_notices = _load_open(user_id)
    ended = [notice for notice in open_notices if notice.id not in waiting and not _is_rebuilding(notice)]
    new = _select_new(waiting, {notice.id for notice in open_notices}, rules, channels, now)
    if ended or new:
        _write_changes(user_id, ended, new, channels, now)
    for notice in _load_due(user_id, now):
        _dispatch(user_id, notice, rules, channels, now)
    return _finish(user_id, rules, channels, now)


def _wanted_kinds(channels: Iterable[NotificationChannel]) -> frozenset[str]:
    return frozenset(kind for channel in channels for kind in channel.notice_kinds.split())


@acting_for_user
def list_waiting(user_id: UUID, rules: Rules, kinds: frozenset[str], now: int) -> list[Waiting]:
    """Lists the present waits of these kinds, within the rules."""
    sessions = Session.objects.for_user(user_id).exclude(machine=DEMO_MACHINE).filter(last_us__gte=now - DAY_US)
    waiting = sessions.filter(state__in=(session_states.WAITING, session_states.ERROR)).order_by("-last_us")
    found = []
    for session in waiting[:SESSIONS_LIMIT]:
        kind = find_kind(session)
        is_covered = rules.covers_session(project=session.project, repo=session.repo, machine=session.machine)
        if kind in kinds and kind and is_covered:
            found.append(Waiting(kind, session.session_id, "", session.state_us))
    return found + (_list_silent_machines(user_id, rules, now) if MACHINE_SILENT in kinds else [])


def _list_silent_machines(user_id: UUID, rules: Rules, now: int) -> list[Waiting]:
    """Lists the silent machines: sessions work there, but the machine has delivered nothing for some time."""
    rows = Session.objects.for_user(user_id).exclude(machine__in=("", DEMO_MACHINE)).filter(last_us__gte=now - DAY_US)
    working = set(rows.filter(state=session_states.WORKING).values_list("machine", flat=True))
    last = rows.filter(machine__in=working).values_list("machine").annotate(last=Max("last_us")).order_by("machine")
    limit_us = now - max(1, rules.silent_minutes) * MINUTE_US
    return [
        Waiting(MACHINE_SILENT, "", machine, last_us)
        for machine, last_us in last
        if last_us < limit_us and rules.covers_machine(machine)
    ]


@acting_for_user
def _load_open(user_id: UUID) -> list[Notice]:
    return list(Notice.objects.for_user(user_id).filter(ended_us=None))


def _is_rebuilding(notice: Notice) -> bool:
    """Whether the state of the session is not reliable now."""
    if not notice.session_id:
        return False
    with acting_for(notice.user_id):
        rows = Session.objects.for_user(notice.user_id).filter(session_id=notice.session_id, needs_rebuild=True)
        return rows.exists()


def _select_new(
    waiting: dict[UUID, Waiting], known: set[UUID], rules: Rules, channels: list[NotificationChannel], now: int
) -> list[tuple[Waiting, int]]:
    """Selects the recent waits without a notice, each with the time at which its notice is due."""
    since_us = min(channel.created_us for channel in channels)
    delays = {TURN_DONE: rules.turn_done_minutes * MINUTE_US, MACHINE_SILENT: rules.silent_minutes * MINUTE_US}
    found = [(one, one.since_us + delays.get(one.kind, 0)) for id_, one in waiting.items() if id_ not in known]
    return [
        (one, due_us)
        for one, due_us in found
        if (one.kind == MACHINE_SILENT or one.since_us >= since_us) and due_us >= now - MAX_LATENESS_US
    ]


def _write_changes(
    user_id: UUID, ended: list[Notice], new: list[tuple[Waiting, int]], channels: list[NotificationChannel], now: int
) -> None:
    with acting_for(user_id), transaction.atomic():
        for notice in ended:
            _end_notice(notice, channels, now)
        rows = [
            Notice(
                user_id=user_id,
                id=one.notice_id,
                kind=one.kind,
                session_id=one.session_id,
                machine=one.machine,
                since_us=one.since_us,
                due_us=due_us,
            )
            for one, due_us in new
        ]
        Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _end_notice(notice: Notice, channels: list[NotificationChannel], now: int) -> None:
    """Ends a notice: cancels deliveries that were not sent, and withdraws the others where that is possible."""
    rows = Notice.objects.for_user(notice.user_id).filter(id=notice.id, ended_us=None)
    if notice.dispatched_us is None:
        rows.delete()
        return
    if not rows.update(ended_us=now):
        return
    deliveries = NoticeDelivery.objects.for_user(notice.user_id).filter(notice_id=notice.id, is_withdrawal=False)
    delivered = set(deliveries.filter(outcome=DELIVERED).values_list("channel_id", flat=True))
    deliveries.filter(outcome=WAITING).update(outcome=WITHDRAWN, next_attempt_us=None, done_us=now)
    withdrawals = [channel for channel in channels if channel.id in delivered and can_withdraw(channel)]
    _add_deliveries(notice, withdrawals, now, is_withdrawal=True)


def can_withdraw(channel: NotificationChannel) -> bool:
    """Whether a message of this channel can be taken back, or its receiver understands that it was answered."""
    return channel.kind == PUSH or (channel.kind == WEBHOOK and channel.format == "standard")


@acting_for_user
def _load_due(user_id: UUID, now: int) -> list[Notice]:
    rows = Notice.objects.for_user(user_id).filter(ended_us=None, dispatched_us=None, due_us__lte=now)
    return list(rows.order_by("due_us", "id")[:SESSIONS_LIMIT])


def _dispatch(user_id: UUID, notice: Notice, rules: Rules, channels: list[NotificationChannel], now: int) -> None:
    """Sends a notice to its channels, or holds it until the quiet hours end."""
    quiet_end_us = rules.find_quiet_end_us(now)
    with acting_for(user_id), transaction.atomic():
        claimed = Notice.objects.for_user(user_id).filter(id=notice.id, dispatched_us=None, ended_us=None)
        if quiet_end_us is not None:
            claimed.update(due_us=quiet_end_us)
        elif claimed.update(dispatched_us=now):
            _add_deliveries(notice, [channel for channel in channels if _takes(channel, notice)], now)


def _takes(channel: NotificationChannel, notice: Notice) -> bool:
    is_news = notice.kind == MACHINE_SILENT or notice.since_us >= channel.created_us
    return notice.kind in channel.notice_kinds.split() and is_news and channel.format != DAILY


def _add_deliveries(
    notice: Notice, channels: list[NotificationChannel], now: int, *, is_withdrawal: bool = False
) -> None:
    rows = []
    for channel in channels:
        is_limited = not is_withdrawal and _count_last_hour(channel, now) >= MAX_DELIVERIES_PER_HOUR
        rows.append(
            NoticeDelivery(
                user_id=notice.user_id,
                id=make_delivery_id(notice.id, channel.id, is_withdrawal=is_withdrawal),
                notice_id=notice.id,
                channel_id=channel.id,
                is_withdrawal=is_withdrawal,
                created_us=now,
                outcome=LIMITED if is_limited else WAITING,
                next_attempt_us=None if is_limited else now,
            )
        )
    NoticeDelivery.objects.bulk_create(rows, ignore_conflicts=True)


def _count_last_hour(channel: NotificationChannel, now: int) -> int:
    rows = NoticeDelivery.objects.for_user(channel.user_id).filter(created_us__gt=now - 60 * MINUTE_US)
    return rows.filter(channel_id=channel.id).count()


def add_test(user_id: UUID, channel: NotificationChannel) -> UUID:
    """Adds a notice that only says that the channel works; returns the id of its delivery."""
    now = now_us()
    waiting = Waiting(TEST, "", "", now)
    with acting_for(user_id), transaction.atomic():
        times = {"since_us": now, "due_us": now, "dispatched_us": now, "ended_us": now}
        notice = Notice(user_id=user_id, id=waiting.notice_id, kind=TEST, **times)
        notice.save(force_insert=True)
        _add_deliveries(notice, [channel], now)
    return make_delivery_id(notice.id, channel.id)


def repeat_delivery(user_id: UUID, delivery_id: UUID) -> bool:
    """Makes a delivery that has ended due again; returns False if there is none."""
    with acting_for(user_id):
        rows = NoticeDelivery.objects.for_user(user_id).filter(id=delivery_id, next_attempt_us=None)
        return bool(rows.update(outcome=REPEATED, next_attempt_us=now_us(), attempts=0, failure_reason="", status=0))


def _finish(user_id: UUID, rules: Rules, channels: list[NotificationChannel], now: int) -> list[UUID]:
    """Stores the time of the next check; returns the ids of the deliveries that are due now."""
    with acting_for(user_id):
        deliveries = NoticeDelivery.objects.for_user(user_id).filter(next_attempt_us__isnull=False)
        attempts = [(at or 0, id_) for at, id_ in deliveries.values_list("next_attempt_us", "id")]
        notices = Notice.objects.for_user(user_id).filter(ended_us=None, dispatched_us=None)
        times = list(notices.values_list("due_us", flat=True))
    # The caller starts the due deliveries; a check a minute later finds those that a killed process left.
    times += [at if at > now else now + MINUTE_US for at, _ in attempts]
    digests = [channel.last_sent_us or channel.created_us for channel in channels if channel.format == DAILY]
    times += [find_next_digest_us(last_us, rules.zone) for last_us in digests]
    times.append(now + (SILENCE_LOOK_US if MACHINE_SILENT in _wanted_kinds(channels) else IDLE_LOOK_US))
    states = ProjectionState.objects.filter(user_id=user_id, notices_due_us__isnull=False)
    states.exclude(notices_due_us=min(times)).update(notices_due_us=min(times))
    return [id_ for at, id_ in attempts if at <= now]


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """A line of the log of deliveries."""

    delivery: NoticeDelivery
    kind: str
    channel_name: str


@acting_for_user
def list_deliveries(user_id: UUID, *, limit: int) -> list[LoggedDelivery]:
    """Lists the deliveries, newest first."""
    rows = list(NoticeDelivery.objects.for_user(user_id).order_by("-created_us", "id")[:limit])
    notices = Notice.objects.for_user(user_id).filter(id__in=[row.notice_id for row in rows])
    kinds = dict(notices.values_list("id", "kind"))
    names = {channel.id: channel.name for channel in notice_settings.list_channels(user_id)}
    return [LoggedDelivery(row, kinds.get(row.notice_id, ""), names.get(row.channel_id, "")) for row in rows]
