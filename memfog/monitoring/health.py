"""Readiness checks and the status page. `/healthz` (liveness) is a native route in `memfog.asgi`."""

from collections.abc import Callable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from backups import backup_alarm
from memfog.monitoring import heartbeats, schema_check


# The view reads no cookie: another method is answered with 405, not with a CSRF failure.
@csrf_exempt
@require_safe
def readiness_view(request: HttpRequest) -> JsonResponse:
    """Answers 200 if the server can serve, else 503: the state of each part, `ok` or what is wrong with it.

    `reason` says why code and schema do not fit. A worker or a beat that is down is named, but the status stays 200:
    this process serves without them.
    """
    parts = check_parts()
    if can_serve(parts):
        return JsonResponse(parts)
    return JsonResponse(parts | _explain_schema(parts), status=503, headers={"Retry-After": "5"})


def _explain_schema(parts: dict[str, str]) -> dict[str, str]:
    if parts["database"] == "down" or parts["migrations"] == parts["schema"] == "ok":
        return {}
    return {"reason": "; ".join(schema_check.find_misfits())}


@never_cache
@require_safe
def status_view(request: HttpRequest) -> HttpResponse:
    """Shows the same checks as a page, with the state of the backups and the time of the answer."""
    parts = check_parts()
    context = {
        "parts": [(PART_NAMES[name], state) for name, state in parts.items()],
        "can_serve": can_serve(parts),
        "is_healthy": set(parts.values()) == {"ok"},
        "backed_up": bool(settings.BACKUP_URL),
        "backups": _load_backup_status(),
        "at": timezone.now(),
    }
    return render(request, "about/status.html", context)


def _load_backup_status() -> backup_alarm.BackupStatus | None:
    try:
        return backup_alarm.load_status()
    except Error:
        return None  # the status is in the database, which does not answer


def check_parts() -> dict[str, str]:
    """Returns the state of each part: `ok` or `down`; of worker and beat also `stuck`, `twice` or `unknown`."""
    parts = {name: "ok" if _passes(check) else "down" for name, check in CHECKS.items()}
    return parts | _check_background()


def can_serve(parts: dict[str, str]) -> bool:
    """Whether every part works that requests need."""
    return all(parts[name] == "ok" for name in CHECKS)


def _check_background() -> dict[str, str]:
    """Returns the state of worker and beat. Without a broker this process runs the scheduled tasks."""
    if not settings.REDIS_URL:
        return {"worker": heartbeats.task_clock.state, "beat": "ok"}
    try:
        presence = heartbeats.load_presence()
    except RedisError:
        return {"worker": "unknown", "beat": "unknown"}
    return {"worker": presence.worker, "beat": presence.beat}


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (Error, RedisError):
        return False


def _check_database() -> bool:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _check_broker() -> bool:
    if not settings.REDIS_URL:
        return True  # without a broker, tasks run in this process
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
        return bool(redis.ping())


def _check_migrations() -> bool:
    return not schema_check.find_unapplied_migrations()


def _check_schema() -> bool:
    return not schema_check.find_column_misfits()


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _check_database,
    "broker": _check_broker,
    "migrations": _check_migrations,
    "schema": _check_schema,
}
# The names of the parts on the status page.
PART_NAMES = {
    "database": "Capture and pages",
    "broker": "Mail and live updates",
    "migrations": "Database migrations",
    "schema": "Database schema",
    "worker": "Background work",
    "beat": "Schedule",
}
