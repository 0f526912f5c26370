"""The user's rules and channels of notifications. Without a channel nothing is sent anywhere."""

import json
import time
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from accounts.api_base.problem import Problem
from accounts.crypto import encryption
from events.isolation.row_security import acting_for, acting_for_user
from events.wire.hook_event import summary_line
from memory.models import NoticeDelivery, NotificationChannel, NotificationRules, ProjectionState
from memory.notifications.notice_kinds import ERROR, KIND_LABELS, PERMISSION, QUESTION
from memory.notifications.notice_rules import MINUTES_PER_DAY, Rules

PUSH, WEBHOOK, MAIL = "push", "webhook", "mail"
NOW, DAILY = "now", "daily"
MAX_CHANNELS, MAX_NAMES, MAX_NAME_CHARS, MAX_MINUTES = 20, 100, 200, 7 * MINUTES_PER_DAY
# What a new channel gets until the user chooses.
DEFAULT_KINDS = (PERMISSION, QUESTION, ERROR)


@acting_for_user
def load_rules(user_id: UUID) -> Rules:
    row = NotificationRules.objects.for_user(user_id).first()
    if row is None:
        return Rules()
    return Rules(
        turn_done_minutes=row.turn_done_minutes,
        silent_minutes=row.silent_minutes,
        projects=tuple(row.projects.splitlines()),
        machines=tuple(row.machines.splitlines()),
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        zone=row.zone,
    )


def save_rules(user_id: UUID, rules: Rules) -> None:
    """Replaces the rules. Raises Problem `invalid_input`."""
    if not all(0 <= minutes <= MAX_MINUTES for minutes in (rules.turn_done_minutes, rules.silent_minutes)):
        raise Problem("invalid_input", f"Enter 0 to {MAX_MINUTES:,} minutes.")
    if (rules.quiet_from is None) != (rules.quiet_until is None):
        raise Problem("invalid_input", "Enter both the beginning and the end of the quiet hours, or neither.")
    if not is_zone(rules.zone):
        raise Problem("invalid_input", "Enter a time zone such as Europe/Berlin.")
    values = {
        "turn_done_minutes": rules.turn_done_minutes,
        "silent_minutes": rules.silent_minutes,
        "projects": "\n".join(_clean_names(rules.projects)),
        "machines": "\n".join(_clean_names(rules.machines)),
        "quiet_from": rules.quiet_from,
        "quiet_until": rules.quiet_until,
        "zone": rules.zone,
    }
    with acting_for(user_id), transaction.atomic():
        NotificationRules.objects.for_user(user_id).update_or_create(user_id=user_id, defaults=values)
        look_soon(user_id)


def is_zone(name: str) -> bool:
    try:
        return bool(name) and len(name) <= 64 and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _clean_names(names: Iterable[str]) -> list[str]:
    cleaned = [name for one in names if (name := summary_line(one, MAX_NAME_CHARS))]
    if len(cleaned) > MAX_NAMES:
        raise Problem("invalid_input", f"Enter at most {MAX_NAMES} names.")
    return cleaned


@acting_for_user
def list_channels(user_id: UUID) -> list[NotificationChannel]:
    """Lists the channels, the oldest first."""
    return list(NotificationChannel.objects.for_user(user_id).order_by("created_us", "id"))


@acting_for_user
def load_channel(user_id: UUID, channel_id: UUID) -> NotificationChannel | None:
    return NotificationChannel.objects.for_user(user_id).filter(id=channel_id).first()


def load_target(channel: NotificationChannel) -> dict[str, str]:
    """Decrypts the addresses and secrets of a channel. Raises DecryptionError."""
    target: dict[str, str] = json.loads(encryption.decrypt(channel.user_id, bytes(channel.encrypted_target)))
    return target


def delete_subscription(user_id: UUID, endpoint: str) -> None:
    """Deletes the channel of a browser's subscription, which a new one replaces."""
    for channel in list_channels(user_id):
        if channel.kind == PUSH and _load_endpoint(channel) == endpoint:
            delete_channel(user_id, channel.id)


def _load_endpoint(channel: NotificationChannel) -> str:
    try:
        return load_target(channel).get("endpoint", "")
    except encryption.DecryptionError:
        return ""


def add_channel(
    user_id: UUID, kind: str, name: str, target: Mapping[str, str], *, format: str = "", allows_private: bool = False
) -> UUID:
    """Adds a channel that gets the default kinds. Raises Problem `invalid_input`."""
    with acting_for(user_id), transaction.atomic():
        if NotificationChannel.objects.for_user(user_id).count() >= MAX_CHANNELS:
            raise Problem("invalid_input", f"You can have at most {MAX_CHANNELS} channels. Delete one first.")
        channel = NotificationChannel(
            user_id=user_id,
            id=uuid4(),
            kind=kind,
            format=format,
            name=summary_line(name, MAX_NAME_CHARS) or kind,
            notice_kinds=" ".join(DEFAULT_KINDS),
            allows_private=allows_private,
            encrypted_target=encryption.encrypt(user_id, json.dumps(dict(target))),
            created_us=now_us(),
        )
        channel.save(force_insert=True)
        look_soon(user_id)
    return channel.id


def change_channel(
    user_id: UUID, channel_id: UUID, *, notice_kinds: Iterable[str], with_text: bool, enabled: bool
) -> bool:
    """Changes what a channel gets; returns False if there is none. Enabling it resets its count of failures."""
    values = {
        "notice_kinds": " ".join(kind for kind in KIND_LABELS if kind in set(notice_kinds)),
        "with_text": with_text,
        "enabled": enabled,
        **({"failures": 0, "last_error": ""} if enabled else {}),
    }
    with acting_for(user_id), transaction.atomic():
        changed = NotificationChannel.objects.for_user(user_id).filter(id=channel_id).update(**values)
        look_soon(user_id)
    return bool(changed)


def delete_channel(user_id: UUID, channel_id: UUID) -> bool:
    """Deletes a channel with its log; returns False if there is none."""
    with acting_for(user_id), transaction.atomic():
        deleted, _ = NotificationChannel.objects.for_user(user_id).filter(id=channel_id).delete()
        NoticeDelivery.objects.for_user(user_id).filter(channel_id=channel_id).delete()
        look_soon(user_id)
    return bool(deleted)


def look_soon(user_id: UUID) -> None:
    """Makes the next task check for notices of this user, if there is a channel for them."""
    ProjectionState.objects.get_or_create(user_id=user_id)
    has_channel = NotificationChannel.objects.for_user(user_id).filter(enabled=True).exists()
    due_us = now_us() if has_channel else None
    ProjectionState.objects.filter(user_id=user_id).update(notices_due_us=due_us)


def now_us() -> int:
    return time.time_ns() // 1_000
