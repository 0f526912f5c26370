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
from memfog.monitoring import schema_check


# The view reads no cookie: another method is answered with 405, not with a CSRF failure.
@csrf_exempt
@require_safe
def readiness_view(request: HttpRequest) -> JsonResponse:
    """Answers 200 if every part is ready, else 503: `{"database", "broker", "migrations": "ok" | "down"}`.

    `reason` says why code and schema do not fit.
    """
    parts = _check_parts()
    if "down" not in parts.values():
        return JsonResponse(parts)
    reason = {"reason": "; ".join(schema_check.find_misfits())} if _is_only_schema_down(parts) else {}
    return JsonResponse(parts | reason, status=503, headers={"Retry-After": "5"})


def _is_only_schema_down(parts: dict[str, str]) -> bool:
    return [name for name, state in parts.items() if state == "down"] == ["migrations"]


@never_cache
@require_safe
def status_view(request: HttpRequest) -> HttpResponse:
    """Shows the same checks as a page, with the state of the backups and the time of the answer."""
    parts = _check_parts()
    context = {
        "parts": [(PART_NAMES[name], state) for name, state in parts.items()],
        "is_healthy": "down" not in parts.values(),
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


def _check_parts() -> dict[str, str]:
    return {name: "ok" if _passes(check) else "down" for name, check in CHECKS.items()}


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
    return not schema_check.find_misfits()


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _check_database,
    "broker": _check_broker,
    "migrations": _check_migrations,
}
# The names of the parts on the status page.
PART_NAMES = {
    "database": "Capture and pages",
    "broker": "Mail and live updates",
    "migrations": "Database schema",
}
